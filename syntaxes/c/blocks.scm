; @definition: a function or a type with a body of its own. @statement: a statement with blocks of its own.

(function_definition) @definition
(struct_specifier body: (_)) @definition
(union_specifier body: (_)) @definition
(enum_specifier body: (_)) @definition

(if_statement) @statement
(for_statement) @statement
(while_statement) @statement
(do_statement) @statement
(switch_statement) @statement
