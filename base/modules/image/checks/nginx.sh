# Certificates are made on the machine, folders of state are there, and names are found in the network: all of them
# have something in their place here.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=check -days 1 \
  -keyout "$NIX_BUILD_TOP/key.pem" -out "$NIX_BUILD_TOP/certificate.pem" 2> "$said" || { cat "$said"; exit 1; }
sed -E -i \
  -e "s#^([[:space:]]*(ssl_certificate|ssl_trusted_certificate|ssl_client_certificate|proxy_ssl_trusted_certificate|proxy_ssl_certificate)[[:space:]]+)[^\$;]+;#\\1$NIX_BUILD_TOP/certificate.pem;#" \
  -e "s#^([[:space:]]*(ssl_certificate_key|proxy_ssl_certificate_key)[[:space:]]+)[^\$;]+;#\\1$NIX_BUILD_TOP/key.pem;#" \
  -e "s#^([[:space:]]*(access_log|error_log)[[:space:]]+)/[^[:space:];]*#\\1/dev/null#" \
  -e "s#^[[:space:]]*pid[[:space:]]+[^;]+;#pid $NIX_BUILD_TOP/pid;#" \
  etc/nginx/nginx.conf

export said
on_machine bash -c '
  mount -t tmpfs none /var && mkdir -p /var/{cache,lib,log}/nginx /var/settings &&
  cp -r /etc/nginx/. etc/nginx/. /var/settings/ && mount --bind /var/settings /etc/nginx &&
  cp /etc/hosts "$NIX_BUILD_TOP/hosts" && mount --bind "$NIX_BUILD_TOP/hosts" /etc/hosts || exit
  for _ in {1..100}; do
    nginx -t -e stderr -c /etc/nginx/nginx.conf > "$said" 2>&1 && exit
    name=$(sed -n -E "s/.*host not found in [a-z ]+ \"([^\"\/:]+).*/\1/p" "$said" | head -n 1)
    [ -n "$name" ] || break
    echo "127.0.0.1 $name" >> /etc/hosts
  done
  grep -v -e "directive makes sense only" -e "test failed" "$said"
  exit 1'
