; inherits: ecmascript
(field_definition property: [(property_identifier) (private_property_identifier)] @name) @definition.field
(field_definition property: (_) @name value: (arrow_function body: (_) @body)) @definition.method

(class_heritage [(identifier) @base (member_expression property: (_) @base)])
(class_heritage (call_expression arguments: (arguments (identifier) @base)))
