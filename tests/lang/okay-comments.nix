# line
/* block */ [ 1 /* inside */ 2 # end
  /** doc */ 3 /**/ ] # tail
