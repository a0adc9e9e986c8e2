; inherits: ecmascript
(type_identifier) @reference.type
(extends_clause value: (identifier) @reference.type)
(extends_clause value: (member_expression property: (_) @reference.type))
