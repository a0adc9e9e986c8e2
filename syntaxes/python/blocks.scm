; @definition: a function or class, with its decorators. @statement: a statement with blocks of its own.

(decorated_definition) @definition
(function_definition) @definition
(class_definition) @definition

(if_statement) @statement
(for_statement) @statement
(while_statement) @statement
(with_statement) @statement
(try_statement) @statement
(match_statement) @statement
