; Imports, re-exports and require().

(import_statement source: (string) @module) @import
(import_clause (identifier) @default)
(namespace_import (identifier) @namespace)
(import_specifier name: (_) @imported)
(import_specifier name: (_) @imported alias: (_) @alias)

; Not by export_statement: such a pattern would be under way for all of what is exported, and slow.
((export_clause) @import . "from" . (string) @module)
((namespace_export) @import . "from" . (string) @module)
("*" @import @wildcard . "from" . (string) @module)
(namespace_export (identifier) @namespace)
(export_specifier name: (_) @imported)
(export_specifier name: (_) @imported alias: (_) @alias)

((variable_declarator
   name: (identifier) @namespace
   value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @module))) @import
 (#eq? @_require "require"))
((variable_declarator
   name: (object_pattern (shorthand_property_identifier_pattern) @imported)
   value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @module))) @import
 (#eq? @_require "require"))
((variable_declarator
   name: (object_pattern (pair_pattern key: (_) @imported value: (identifier) @alias))
   value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @module))) @import
 (#eq? @_require "require"))
((expression_statement
   (call_expression function: (identifier) @_require arguments: (arguments . (string) @module))) @import
 (#eq? @_require "require"))
((variable_declarator
   name: (identifier) @imported
   value: (member_expression
     object: (call_expression function: (identifier) @_require arguments: (arguments . (string) @module)))) @import
 (#eq? @_require "require"))
(call_expression function: (import) arguments: (arguments . (string) @module)) @import
