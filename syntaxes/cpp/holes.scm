; inherits: c
(new_expression) @call
(for_range_loop) @statement
(using_declaration) @statement
(raw_string_literal) @string
(class_specifier body: (_)) @definition
