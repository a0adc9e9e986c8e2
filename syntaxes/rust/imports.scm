(use_declaration) @import
(use_declaration argument: [(identifier) (scoped_identifier)] @path)
(use_as_clause path: (_) @path alias: (identifier) @alias)
(use_wildcard) @path.all
(scoped_use_list path: (_) @prefix list: (_) @group)
(use_list [(identifier) (scoped_identifier) (self)] @path)
(mod_item name: (identifier) @path.module !body) @import
(extern_crate_declaration name: (identifier) @path.module) @import
(extern_crate_declaration name: (identifier) @path.module alias: (identifier) @alias)
