(import_declaration (_) @path) @import
(import_declaration (_) @path.all (asterisk))
