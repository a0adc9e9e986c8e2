; Mentions that are neither a call nor a type. Only open documents are asked for them: there are more than of the rest.

(identifier) @reference.value
(shorthand_property_identifier) @reference.value
(member_expression property: (property_identifier) @reference.value)
