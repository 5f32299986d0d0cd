(rec { x = y; y = 1; __overrides = { y = 2; }; }).x
