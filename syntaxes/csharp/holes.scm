; What an evaluation cuts out of a file, by kind of node. Brackets and braces around arguments and blocks stay.

(invocation_expression) @call
(object_creation_expression) @call
(argument_list) @arguments
(parameter_list) @parameters
(assignment_expression right: (_) @value)
(return_statement (_) @value)
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(expression_statement) @statement
(local_declaration_statement) @statement
(return_statement) @statement
(if_statement) @statement
(for_statement) @statement
(foreach_statement) @statement
(while_statement) @statement
(try_statement) @statement
(using_directive) @statement
(block) @block
(string_literal) @string
(method_declaration) @definition
(class_declaration) @definition
(interface_declaration) @definition
