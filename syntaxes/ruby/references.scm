; Calls and types. Of several patterns for one name, a call counts before a type.

(call method: [(identifier) (constant)] @reference.call)
((call receiver: (constant) @reference.call method: (identifier) @_new) (#eq? @_new "new"))
((call receiver: (scope_resolution name: (constant) @reference.call) method: (identifier) @_new) (#eq? @_new "new"))
(constant) @reference.type
