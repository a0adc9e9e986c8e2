((call !receiver method: (identifier) @_require arguments: (argument_list (string) @path.all)) @import
 (#any-of? @_require "require" "require_relative" "load" "autoload"))
