; Mentions of names. Of several patterns for one name, a call counts before a type, and a type before a value.

(call_expression function: (identifier) @reference.call)
(call_expression function: (member_expression property: (_) @reference.call))
(new_expression constructor: (identifier) @reference.call)
(new_expression constructor: (member_expression property: (_) @reference.call))
(decorator (identifier) @reference.call)

(identifier) @reference.value
(shorthand_property_identifier) @reference.value
(member_expression property: (property_identifier) @reference.value)
