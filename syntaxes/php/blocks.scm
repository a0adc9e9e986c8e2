; @definition: a function, a class or another unit with a body of its own. @statement: a statement with blocks of its own.

(function_definition) @definition
(method_declaration body: (_)) @definition
(class_declaration) @definition
(interface_declaration) @definition
(trait_declaration) @definition
(enum_declaration) @definition

(if_statement) @statement
(for_statement) @statement
(foreach_statement) @statement
(while_statement) @statement
(do_statement) @statement
(switch_statement) @statement
(try_statement) @statement
