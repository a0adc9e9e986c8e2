; inherits: ecmascript
(interface_declaration) @definition
(type_alias_declaration) @definition
