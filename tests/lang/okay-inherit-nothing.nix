{ inherit; inherit ({ }); a = 1; }
