; @definition: a function, a type or another unit with a body of its own. @statement: a statement with blocks of its own.

(function_item) @definition
(impl_item) @definition
(trait_item) @definition
(struct_item body: (_)) @definition
(enum_item) @definition
(union_item) @definition
(mod_item body: (_)) @definition
(macro_definition) @definition
(foreign_mod_item) @definition

(expression_statement (if_expression)) @statement
(expression_statement (match_expression)) @statement
(expression_statement (for_expression)) @statement
(expression_statement (while_expression)) @statement
(expression_statement (loop_expression)) @statement
(expression_statement (unsafe_block)) @statement
