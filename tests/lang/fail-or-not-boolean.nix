0 || true
