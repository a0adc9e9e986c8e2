; inherits: c
(template_declaration "template" @decorator parameters: (_) @decorator)

(class_specifier name: (type_identifier) @name body: (_) @body) @definition.class
(class_specifier name: (template_type name: (type_identifier) @name) body: (_) @body) @definition.class
(struct_specifier name: (template_type name: (type_identifier) @name) body: (_) @body) @definition.class
(namespace_definition name: (namespace_identifier) @name body: (_) @body) @definition.module
(namespace_definition name: (nested_namespace_specifier (namespace_identifier) @name .) body: (_) @body) @definition.module
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type

(function_definition) @definition.function
(declaration declarator: (reference_declarator (function_declarator))) @definition.function
(field_declaration declarator: (function_declarator)) @definition.method
(field_declaration declarator: (pointer_declarator (function_declarator))) @definition.method
(field_declaration declarator: (reference_declarator (function_declarator))) @definition.method
(field_declaration declarator: (reference_declarator (field_identifier) @name)) @definition.field
(function_declarator
  declarator: [(field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name)

(base_class_clause [(type_identifier) @base (template_type name: (type_identifier) @base)])
(base_class_clause (qualified_identifier name: [(type_identifier) @base (template_type name: (type_identifier) @base)]))
