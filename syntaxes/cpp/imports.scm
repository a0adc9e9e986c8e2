; inherits: c
(using_declaration (qualified_identifier) @path) @import
