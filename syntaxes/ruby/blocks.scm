; @definition: a method, a class or a module. @statement: a statement with blocks of its own; a call that is given a
; block counts.

(method) @definition
(singleton_method) @definition
(class) @definition
(singleton_class) @definition
(module) @definition

(if) @statement
(unless) @statement
(while) @statement
(until) @statement
(for) @statement
(case) @statement
(begin) @statement
(call block: (do_block)) @statement
