; What an evaluation cuts out of a file, by kind of node. Brackets and braces around arguments and blocks stay.

(call_expression) @call
(macro_invocation) @call
(arguments) @arguments
(parameters) @parameters
(let_declaration value: (_) @value)
(assignment_expression right: (_) @value)
(return_expression (_) @value)
(if_expression condition: (_) @condition)
(while_expression condition: (_) @condition)
(expression_statement) @statement
(let_declaration) @statement
(use_declaration) @statement
(block) @block
(string_literal) @string
(function_item) @definition
(impl_item) @definition
(struct_item) @definition
(enum_item) @definition
(trait_item) @definition
