; Definitions. An implementation counts as a class: it holds the methods and names the trait among its bases.

(line_comment) @doc
(block_comment) @doc
(attribute_item) @decorator

(function_item name: (identifier) @name body: (_) @body) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(impl_item type: (type_identifier) @name body: (_) @body) @definition.class
(impl_item type: (generic_type type: (type_identifier) @name) body: (_) @body) @definition.class
(impl_item type: (scoped_type_identifier name: (type_identifier) @name) body: (_) @body) @definition.class
(struct_item name: (type_identifier) @name) @definition.class
(struct_item name: (type_identifier) @name body: (field_declaration_list) @body) @definition.class
(union_item name: (type_identifier) @name body: (_) @body) @definition.class
(enum_item name: (type_identifier) @name body: (_) @body) @definition.enum
(enum_variant name: (identifier) @name) @definition.constant
(trait_item name: (type_identifier) @name body: (_) @body) @definition.interface
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(mod_item name: (identifier) @name body: (_) @body) @definition.module
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.variable
(field_declaration name: (field_identifier) @name) @definition.field
(macro_definition name: (identifier) @name "{"? @body) @definition.macro

(trait_item bounds: (trait_bounds (type_identifier) @base))
(trait_item bounds: (trait_bounds (scoped_type_identifier name: (type_identifier) @base)))
(trait_item bounds: (trait_bounds (generic_type type: (type_identifier) @base)))
(impl_item trait: (type_identifier) @base)
(impl_item trait: (generic_type type: (type_identifier) @base))
(impl_item trait: (scoped_type_identifier name: (type_identifier) @base))
