; @definition: a method, a class or another unit with a body of its own. @statement: a statement with blocks of its own.

(method_declaration body: (_)) @definition
(constructor_declaration) @definition
(compact_constructor_declaration) @definition
(class_declaration) @definition
(interface_declaration) @definition
(enum_declaration) @definition
(record_declaration) @definition
(annotation_type_declaration) @definition
(static_initializer) @definition

(if_statement) @statement
(for_statement) @statement
(enhanced_for_statement) @statement
(while_statement) @statement
(do_statement) @statement
(try_statement) @statement
(try_with_resources_statement) @statement
(switch_expression) @statement
(synchronized_statement) @statement
