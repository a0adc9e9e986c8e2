; inherits: c
(class_specifier body: (_)) @definition
(namespace_definition) @definition
(template_declaration) @definition
(for_range_loop) @statement
(try_statement) @statement
