(using_directive) @import
(using_directive !name [(identifier) (qualified_name)] @path.all)
(using_directive name: (identifier) @alias (qualified_name) @path)
