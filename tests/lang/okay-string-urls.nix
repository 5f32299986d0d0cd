[ http://example.org/a?b=c&d ftp://x mailto:a@b.c x:y ]
