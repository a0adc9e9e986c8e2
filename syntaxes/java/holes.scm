; What an evaluation cuts out of a file, by kind of node. Brackets and braces around arguments and blocks stay.

(method_invocation) @call
(object_creation_expression) @call
(argument_list) @arguments
(formal_parameters) @parameters
(variable_declarator value: (_) @value)
(assignment_expression right: (_) @value)
(return_statement (_) @value)
(parenthesized_expression) @condition
(expression_statement) @statement
(local_variable_declaration) @statement
(return_statement) @statement
(if_statement) @statement
(for_statement) @statement
(enhanced_for_statement) @statement
(while_statement) @statement
(try_statement) @statement
(import_declaration) @statement
(block) @block
(string_literal) @string
(method_declaration) @definition
(class_declaration) @definition
(interface_declaration) @definition
