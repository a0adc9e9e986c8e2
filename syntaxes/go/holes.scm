; What an evaluation cuts out of a file, by kind of node. Brackets and braces around arguments and blocks stay.

(call_expression) @call
(argument_list) @arguments
(parameter_list) @parameters
(short_var_declaration right: (_) @value)
(assignment_statement right: (_) @value)
(return_statement (_) @value)
(if_statement condition: (_) @condition)
(expression_statement) @statement
(short_var_declaration) @statement
(assignment_statement) @statement
(return_statement) @statement
(if_statement) @statement
(for_statement) @statement
(defer_statement) @statement
(block) @block
(interpreted_string_literal) @string
(function_declaration) @definition
(method_declaration) @definition
(type_declaration) @definition
