; inherits: ecmascript
(import_statement (import_require_clause (identifier) @namespace source: (string) @module)) @import
