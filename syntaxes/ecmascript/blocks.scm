; @definition: a function, a class or another unit with a body of its own. @statement: a statement with blocks of its own;
; a call that is given a function, as tests and event handlers are, counts.
; One pattern per kind of value: within these nodes tree-sitter takes an alternation [...] for anything.

(function_declaration) @definition
(generator_function_declaration) @definition
(class_declaration) @definition
(method_definition body: (_)) @definition
(export_statement) @definition
(lexical_declaration (variable_declarator value: (arrow_function body: (statement_block)))) @definition
(lexical_declaration (variable_declarator value: (function_expression))) @definition
(lexical_declaration (variable_declarator value: (class))) @definition
(variable_declaration (variable_declarator value: (arrow_function body: (statement_block)))) @definition
(variable_declaration (variable_declarator value: (function_expression))) @definition
(variable_declaration (variable_declarator value: (class))) @definition
(expression_statement (assignment_expression right: (arrow_function body: (statement_block)))) @definition
(expression_statement (assignment_expression right: (function_expression))) @definition
(expression_statement (assignment_expression right: (class))) @definition

(expression_statement (call_expression arguments: (arguments (arrow_function body: (statement_block))))) @statement
(expression_statement (call_expression arguments: (arguments (function_expression)))) @statement
(if_statement) @statement
(for_statement) @statement
(for_in_statement) @statement
(while_statement) @statement
(do_statement) @statement
(try_statement) @statement
(switch_statement) @statement
