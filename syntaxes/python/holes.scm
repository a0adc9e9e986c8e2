; What an evaluation cuts out of a file, by kind of node. Brackets and braces around arguments and blocks stay.

(call) @call
(argument_list) @arguments
(parameters) @parameters
(assignment right: (_) @value)
(return_statement (_) @value)
(if_statement condition: (_) @condition)
(elif_clause condition: (_) @condition)
(while_statement condition: (_) @condition)
(for_statement right: (_) @condition)
(expression_statement) @statement
(return_statement) @statement
(if_statement) @statement
(for_statement) @statement
(while_statement) @statement
(with_statement) @statement
(try_statement) @statement
(import_statement) @statement
(import_from_statement) @statement
(block) @block
(string) @string
(function_definition) @definition
(class_definition) @definition
