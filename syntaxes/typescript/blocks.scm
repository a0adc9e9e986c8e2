; inherits: ecmascript
(abstract_class_declaration) @definition
(interface_declaration) @definition
(enum_declaration) @definition
(type_alias_declaration value: (object_type)) @definition
(internal_module) @definition
(module) @definition
