; Definitions.

(comment) @doc

(function_declaration name: (identifier) @name body: (_) @body) @definition.function
(function_declaration name: (identifier) @name) @definition.function
(method_declaration name: (field_identifier) @name body: (_) @body) @definition.method
(type_declaration (type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @definition.class)
(type_declaration (type_spec name: (type_identifier) @name type: (interface_type "{" @body)) @definition.interface)
(type_declaration (type_spec name: (type_identifier) @name) @definition.type)
(type_alias name: (type_identifier) @name) @definition.type
(field_declaration name: (field_identifier) @name) @definition.field
(method_elem name: (field_identifier) @name) @definition.method

; Those within functions are left out later: a pattern that begins with `source_file` would be under way for all of it.
(const_spec name: (identifier) @name) @definition.constant
(var_spec name: (identifier) @name) @definition.variable
(var_spec name: (identifier) @name value: (expression_list (composite_literal body: (_) @body))) @definition.variable

; What is embedded.
(field_declaration !name type: [(type_identifier) @base (qualified_type name: (type_identifier) @base)])
(field_declaration !name type: (pointer_type (type_identifier) @base))
(interface_type (type_elem . [(type_identifier) @base (qualified_type name: (type_identifier) @base)] .))
