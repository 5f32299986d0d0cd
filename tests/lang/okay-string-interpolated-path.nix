"${toString /a/b}"
