; Definitions.

(comment) @doc

((method name: (identifier) @name) @definition.constructor (#eq? @name "initialize"))
(method name: (_) @name) @definition.method
(method name: (_) @name body: (_) @body) @definition.method
(singleton_method name: (_) @name) @definition.method
(singleton_method name: (_) @name body: (_) @body) @definition.method
(class name: (constant) @name) @definition.class
(class name: (constant) @name body: (_) @body) @definition.class
(class name: (scope_resolution name: (constant) @name)) @definition.class
(class name: (scope_resolution name: (constant) @name) body: (_) @body) @definition.class
(module name: (constant) @name) @definition.module
(module name: (constant) @name body: (_) @body) @definition.module
(module name: (scope_resolution name: (constant) @name) body: (_) @body) @definition.module
(assignment left: (constant) @name) @definition.constant
(assignment left: (constant) @name right: [(hash) (array)] @body) @definition.constant
(alias name: (_) @name) @definition.method
((call method: (identifier) @_attribute arguments: (argument_list (simple_symbol) @definition.field @name))
 (#any-of? @_attribute "attr_reader" "attr_writer" "attr_accessor"))

(superclass [(constant) @base (scope_resolution name: (constant) @base)])
((call method: (identifier) @_include arguments: (argument_list [(constant) @base (scope_resolution name: (constant) @base)]))
 (#any-of? @_include "include" "extend" "prepend"))
