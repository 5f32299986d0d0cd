{
  scripts = {
    postinst = {
      sha256 = [ "3b462c986ebcdaaf7adab10c671b9fd4a7bf26d3cfd238b9e3d7eb5987ad3397" ];
      by = "user and directory are in this file; base/modules/services/databases/postgresql.nix writes the settings";
    };
    preinst = {
      sha256 = [ "1c1acce72baab2da912c67de1294c9bb7e9a93fc0f75938e037e7f1e31587d85" ];
      by = "moves pg_config of libpq-dev away, which no server has";
    };
  };
  users = {
    postgres = {
      description = "PostgreSQL administrator";
      home = "/var/lib/postgresql";
      shell = "/bin/bash";
    };
  };
  stateOwners = [
    {
      path = "/var/lib/postgresql";
      user = "postgres";
      group = "postgres";
      mode = "0755";
    }
    {
      path = "/var/log/postgresql";
      user = "root";
      group = "postgres";
      mode = "1775";
    }
  ];
  # For people who package extensions.
  onlyWith.make = [ "/usr/share/postgresql-common/dh_make_pgxs" ];
}
