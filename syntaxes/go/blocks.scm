; @definition: a function, or a type with a body of its own. @statement: a statement with blocks of its own.

(function_declaration body: (_)) @definition
(method_declaration body: (_)) @definition
(type_declaration (type_spec type: (struct_type))) @definition
(type_declaration (type_spec type: (interface_type))) @definition

(if_statement) @statement
(for_statement) @statement
(expression_switch_statement) @statement
(type_switch_statement) @statement
(select_statement) @statement
