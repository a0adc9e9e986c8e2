; What an evaluation cuts out of a file, by kind of node. Brackets and braces around arguments and blocks stay.

(call_expression) @call
(arguments) @arguments
(formal_parameters) @parameters
(variable_declarator value: (_) @value)
(assignment_expression right: (_) @value)
(return_statement (_) @value)
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(expression_statement) @statement
(lexical_declaration) @statement
(return_statement) @statement
(if_statement) @statement
(for_statement) @statement
(for_in_statement) @statement
(while_statement) @statement
(try_statement) @statement
(import_statement) @statement
(statement_block) @block
(string) @string
(template_string) @string
(function_declaration) @definition
(method_definition) @definition
(class_declaration) @definition
