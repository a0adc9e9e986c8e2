; inherits: ecmascript, jsx
(class_heritage (identifier) @reference.type)
(class_heritage (member_expression property: (_) @reference.type))
