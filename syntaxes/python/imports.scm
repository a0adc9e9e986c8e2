(import_statement) @import
(import_statement name: (dotted_name) @path.root)
(import_statement name: (aliased_import name: (dotted_name) @path.root alias: (identifier) @alias))

(import_from_statement module_name: (_) @module) @import
(import_from_statement name: (dotted_name) @imported)
(import_from_statement name: (aliased_import name: (dotted_name) @imported alias: (identifier) @alias))
(import_from_statement (wildcard_import) @wildcard)
