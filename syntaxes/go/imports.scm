(import_spec path: (_) @path.module) @import
(import_spec name: (package_identifier) @alias path: (_) @path.module)
(import_spec name: (dot) path: (_) @path.all)
