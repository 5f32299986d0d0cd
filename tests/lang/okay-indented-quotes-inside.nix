[ ''it's'' ''"quoted"'' ''a'b'c'' '' ' '' ]
