; What an evaluation cuts out of a file, by kind of node. Brackets and braces around arguments and blocks stay.

(function_call_expression) @call
(member_call_expression) @call
(scoped_call_expression) @call
(object_creation_expression) @call
(arguments) @arguments
(formal_parameters) @parameters
(assignment_expression right: (_) @value)
(return_statement (_) @value)
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(expression_statement) @statement
(return_statement) @statement
(if_statement) @statement
(for_statement) @statement
(foreach_statement) @statement
(while_statement) @statement
(try_statement) @statement
(namespace_use_declaration) @statement
(compound_statement) @block
(string) @string
(encapsed_string) @string
(function_definition) @definition
(method_declaration) @definition
(class_declaration) @definition
