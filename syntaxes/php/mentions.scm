; Mentions that are neither a call nor a type. Only open documents are asked for them: there are more than of the rest.

(name) @reference.value
