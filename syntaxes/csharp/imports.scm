(using_directive) @import
(using_directive [(identifier) (qualified_name)] @path.all .)
(using_directive name: (identifier) @alias [(qualified_name) (identifier)] @path .)
