f: x: y: [ (f x y) (f (x y)) (f x.y) (f x.y or 1) (f [ x ] { }) (f (-x)) ]
