; What an evaluation cuts out of a file, by kind of node. Brackets and braces around arguments and blocks stay.

(call) @call
(argument_list) @arguments
(method_parameters) @parameters
(assignment right: (_) @value)
(return (_) @value)
(if condition: (_) @condition)
(while condition: (_) @condition)
(assignment) @statement
(return) @statement
(if) @statement
(unless) @statement
(while) @statement
(case) @statement
(body_statement) @block
(string) @string
(method) @definition
(class) @definition
(module) @definition
