; @definition: a method, a class or another unit with a body of its own. @statement: a statement with blocks of its own.

(method_declaration body: (_)) @definition
(constructor_declaration) @definition
(destructor_declaration) @definition
(operator_declaration) @definition
(property_declaration accessors: (_)) @definition
(indexer_declaration) @definition
(local_function_statement) @definition
(class_declaration) @definition
(struct_declaration) @definition
(interface_declaration) @definition
(record_declaration) @definition
(enum_declaration) @definition
(namespace_declaration) @definition

(if_statement) @statement
(for_statement) @statement
(foreach_statement) @statement
(while_statement) @statement
(do_statement) @statement
(switch_statement) @statement
(try_statement) @statement
(using_statement) @statement
(lock_statement) @statement
