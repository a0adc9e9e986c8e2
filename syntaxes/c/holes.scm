; What an evaluation cuts out of a file, by kind of node. Brackets and braces around arguments and blocks stay.

(call_expression) @call
(argument_list) @arguments
(parameter_list) @parameters
(init_declarator value: (_) @value)
(assignment_expression right: (_) @value)
(return_statement (_) @value)
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(expression_statement) @statement
(declaration) @statement
(return_statement) @statement
(if_statement) @statement
(for_statement) @statement
(while_statement) @statement
(preproc_include) @statement
(compound_statement) @block
(string_literal) @string
(function_definition) @definition
(struct_specifier body: (_)) @definition
(enum_specifier body: (_)) @definition
