// What the syntax tree of one file says about it: definitions, references, imports and chunks. Plain data; offsets are
// UTF-16 units from the file's start, ranges half-open.

export const definitionKinds = [
  "function",
  "method",
  "constructor",
  "class",
  "interface",
  "enum",
  "type",
  "module",
  "constant",
  "variable",
  "field",
  "macro",
] as const;
export type DefinitionKind = (typeof definitionKinds)[number];

/** Something with a name that other code can use. */
export interface Definition {
  readonly name: string;
  readonly kind: DefinitionKind;
  /** With decorators and the doc comment right before it. */
  readonly start: number;
  readonly end: number;
  readonly nameStart: number;
  /** Where the head ends, which is what one needs to use it: before the body, or `end` for what has none. */
  readonly headEnd: number;
  /** Place in `definitions` of the innermost definition around it; -1 at the top of the file. */
  readonly parent: number;
  /** Names of base classes and interfaces, without type arguments and qualifiers. */
  readonly bases: readonly string[];
  /** Set where a modifier says that no other file can use it: `private`. */
  readonly isPrivate?: true;
}

export const referenceKinds = ["call", "type", "value"] as const;
/** A call (also of a constructor), a type in a type's place, or any other mention. */
export type ReferenceKind = (typeof referenceKinds)[number];

/** A mention of a name. */
export interface Reference {
  readonly name: string;
  readonly kind: ReferenceKind;
  /** Of the name itself, not of what it is called on. */
  readonly start: number;
  /** Place in `definitions` of the innermost definition around it; -1 at the top of the file. */
  readonly definition: number;
}

/** One name that an import brings in. */
export interface ImportedName {
  /** Its name where it is defined; `*` for all that is there or the module itself, `default` for a default export. */
  readonly name: string;
  /** Its name in this file. */
  readonly alias: string;
}

/** One import, include, use or require. */
export interface Import {
  /** As written, without quotes: `./util`, `..pkg.mod`, `java.util.List`, `fmt`, `crate::io`, `"x.h"` without quotes. */
  readonly module: string;
  readonly names: readonly ImportedName[];
  readonly start: number;
  readonly end: number;
}

/** A piece of a file that follows its syntax, about as large as a function; chunks cover the file and do not overlap. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  /** Place in `definitions` of the innermost one that holds it whole; -1 for none. */
  readonly definition: number;
}

/** All of it. */
export interface FileSymbols {
  /** In the order of their starts: outer before inner. */
  readonly definitions: readonly Definition[];
  /** In the order of their starts. */
  readonly references: readonly Reference[];
  readonly imports: readonly Import[];
  readonly chunks: readonly Chunk[];
}
