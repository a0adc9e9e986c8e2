(namespace_use_declaration) @import
(namespace_use_clause . [(name) (qualified_name)] @path)
(namespace_use_clause . [(name) (qualified_name)] @path alias: (name) @alias)
(namespace_use_declaration (namespace_name) @prefix body: (namespace_use_group) @group)
(require_expression (string) @path.all) @import
(require_once_expression (string) @path.all) @import
(include_expression (string) @path.all) @import
(include_once_expression (string) @path.all) @import
(require_once_expression (binary_expression right: (string) @path.all)) @import
(require_expression (binary_expression right: (string) @path.all)) @import
(include_expression (binary_expression right: (string) @path.all)) @import
(include_once_expression (binary_expression right: (string) @path.all)) @import
