; Definitions. A function in a class counts as a method, a variable in a class as a field.

(comment) @doc
(decorator) @decorator

(function_definition name: (identifier) @name body: (_) @body) @definition.function
(class_definition name: (identifier) @name body: (_) @body) @definition.class
(type_alias_statement left: (type (identifier) @name)) @definition.type
; Those within functions are left out later: a pattern that begins with `module` would be under way for the whole file.
(expression_statement (assignment left: (identifier) @name) @definition.variable)
(expression_statement (assignment left: (pattern_list (identifier) @name)) @definition.variable)
(expression_statement (assignment left: (identifier) @name right: (dictionary) @body) @definition.variable)
(expression_statement (assignment left: (identifier) @name right: (list) @body) @definition.variable)
; What methods give their object.
(assignment
  left: (attribute object: (identifier) @_self attribute: (identifier) @name)
  (#eq? @_self "self")) @definition.attribute

(class_definition superclasses: (argument_list (identifier) @base))
(class_definition superclasses: (argument_list (attribute attribute: (identifier) @base)))
(class_definition superclasses: (argument_list (subscript value: (identifier) @base)))
(class_definition superclasses: (argument_list (subscript value: (attribute attribute: (identifier) @base))))
