rec { n = "key"; ${n} = 1; }
