; Definitions.

(line_comment) @doc
(block_comment) @doc

(class_declaration name: (identifier) @name body: (_) @body) @definition.class
(record_declaration name: (identifier) @name body: (_) @body) @definition.class
(interface_declaration name: (identifier) @name body: (_) @body) @definition.interface
(annotation_type_declaration name: (identifier) @name body: (_) @body) @definition.interface
(enum_declaration name: (identifier) @name body: (_) @body) @definition.enum
(enum_constant name: (identifier) @name) @definition.constant
(method_declaration name: (identifier) @name) @definition.method
(method_declaration name: (identifier) @name body: (_) @body) @definition.method
(annotation_type_element_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name body: (_) @body) @definition.constructor
(compact_constructor_declaration name: (identifier) @name body: (_) @body) @definition.constructor
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.field
(field_declaration declarator: (variable_declarator name: (identifier) @name value: (array_initializer) @body))
  @definition.field
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.constant

(superclass [(type_identifier) @base (generic_type (type_identifier) @base)])
(superclass [(scoped_type_identifier (type_identifier) @base .)
  (generic_type (scoped_type_identifier (type_identifier) @base .))])
(type_list [(type_identifier) @base (generic_type (type_identifier) @base)])
(type_list [(scoped_type_identifier (type_identifier) @base .)
  (generic_type (scoped_type_identifier (type_identifier) @base .))])
