{ x ? 1 }: { inherit x; twice = x * 2; }
