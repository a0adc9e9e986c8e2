; Mentions of names. Of several patterns for one name, a call counts before a type, and a type before a value.

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression field: (field_identifier) @reference.call))
(type_identifier) @reference.type
(identifier) @reference.value
(field_expression field: (field_identifier) @reference.value)
