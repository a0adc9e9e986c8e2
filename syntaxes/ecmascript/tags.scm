; Definitions of JavaScript, TypeScript and TSX. A constant that is given a function is a function.
; One pattern per kind of value: within these nodes tree-sitter takes an alternation [...] for anything.

(comment) @doc
(decorator) @decorator

(function_declaration name: (_) @name body: (_) @body) @definition.function
(generator_function_declaration name: (_) @name body: (_) @body) @definition.function
(class_declaration name: (_) @name body: (_) @body) @definition.class
(class name: (_) @name body: (_) @body) @definition.class
(method_definition name: [(property_identifier) (private_property_identifier)] @name body: (_) @body) @definition.method

(variable_declarator name: (identifier) @name value: (arrow_function body: (_) @body)) @definition.function
(variable_declarator name: (identifier) @name value: (function_expression body: (_) @body)) @definition.function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @definition.class
(pair key: (property_identifier) @name value: (arrow_function body: (_) @body)) @definition.method
(pair key: (property_identifier) @name value: (function_expression body: (_) @body)) @definition.method
(assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: (function_expression body: (_) @body)) @definition.function
(assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: (arrow_function body: (_) @body)) @definition.function

; Those within functions are left out later: a pattern that begins with `program` would be under way for the whole file,
; and slow. An object's or an array's content is a body: the head says enough.
(lexical_declaration "const" (variable_declarator name: (identifier) @name) @definition.constant)
(lexical_declaration "let" (variable_declarator name: (identifier) @name) @definition.variable)
(variable_declaration (variable_declarator name: (identifier) @name) @definition.variable)
(variable_declarator name: (identifier) @name value: (object) @body) @definition.constant
(variable_declarator name: (identifier) @name value: (array) @body) @definition.constant
