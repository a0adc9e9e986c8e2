; inherits: ecmascript
(abstract_class_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(type_alias_declaration name: (_) @name) @definition.type
(type_alias_declaration name: (_) @name value: (object_type) @body) @definition.type
(internal_module name: (_) @name body: (_) @body) @definition.module
(module name: (string (string_fragment) @name) body: (_) @body) @definition.module
(module name: (identifier) @name body: (_) @body) @definition.module

(function_signature name: (_) @name) @definition.function
(method_signature name: (property_identifier) @name) @definition.method
(abstract_method_signature name: (property_identifier) @name) @definition.method
(public_field_definition name: [(property_identifier) (private_property_identifier)] @name) @definition.field
(public_field_definition name: (_) @name value: (arrow_function body: (_) @body)) @definition.method
(interface_body (property_signature name: (property_identifier) @name) @definition.field)
(type_alias_declaration value: (object_type (property_signature name: (property_identifier) @name) @definition.field))
(enum_body name: (property_identifier) @definition.constant @name)
(enum_assignment name: (property_identifier) @name) @definition.constant

(extends_clause value: [(identifier) @base (member_expression property: (_) @base)])
(extends_clause value: (call_expression arguments: (arguments (identifier) @base)))
(implements_clause [(type_identifier) @base (generic_type name: (type_identifier) @base)])
(implements_clause (generic_type name: (nested_type_identifier name: (type_identifier) @base)))
(implements_clause (nested_type_identifier name: (type_identifier) @base))
(extends_type_clause type: [(type_identifier) @base (generic_type name: (type_identifier) @base)])
(extends_type_clause type: (nested_type_identifier name: (type_identifier) @base))
