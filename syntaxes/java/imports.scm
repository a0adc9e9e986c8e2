(import_declaration [(scoped_identifier) (identifier)] @path) @import
(import_declaration (_) @path.all . "." . (asterisk))
