; Mentions of names. Of several patterns for one name, a call counts before a type, and a type before a value.

(function_call_expression function: (name) @reference.call)
(function_call_expression function: (qualified_name (name) @reference.call))
(member_call_expression name: (name) @reference.call)
(nullsafe_member_call_expression name: (name) @reference.call)
(scoped_call_expression name: (name) @reference.call)
(object_creation_expression (name) @reference.call)
(object_creation_expression (qualified_name (name) @reference.call))
(scoped_call_expression scope: (name) @reference.type)
(class_constant_access_expression . (name) @reference.type)
(scoped_property_access_expression scope: (name) @reference.type)
(named_type (name) @reference.type)
(named_type (qualified_name (name) @reference.type))
(attribute (name) @reference.type)
(base_clause (name) @reference.type)
(class_interface_clause (name) @reference.type)
(binary_expression operator: "instanceof" right: (name) @reference.type)
(name) @reference.value
