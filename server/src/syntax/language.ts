// What Horizon knows about a programming language: syntaxes/<id>/language.json, checked, and made ready for the scanner.
import { z } from "zod";
import { compileLexicon, type Lexicon } from "./scanner.js";

const stringSchema = z.strictObject({
  /** What opens it, and closes it again. */
  delimiter: z.string().min(1),
  /** May it go over line ends? */
  multiLine: z.boolean().default(false),
  /** Does a backslash take the next character's meaning away? */
  escapes: z.boolean().default(true),
  /** What opens code within it, up to the matching closing bracket, such as `${`. */
  interpolation: z.string().min(1).optional(),
});

/** language.json; every object is strict: an unknown field is an error that names it. */
export const languageSchema = z.strictObject({
  id: z.string().min(1),
  /** VS Code's language ids that this language answers to. */
  languageIds: z.array(z.string().min(1)).min(1),
  /** With the dot. */
  fileExtensions: z.array(z.string().startsWith(".")),
  /** File name of the tree-sitter grammar; the build looks for it in the packages of grammars. */
  grammar: z.string().endsWith(".wasm"),
  /** What holds a block together. */
  blockStyle: z.enum(["indentation", "braces"]),
  lineComments: z.array(z.string().min(1)),
  blockComments: z.array(z.strictObject({ open: z.string().min(1), close: z.string().min(1) })),
  /** A longer delimiter goes before one that it starts with. */
  strings: z.array(stringSchema),
  /** Does `/…/` stand for a regular expression? */
  regularExpressions: z.boolean().default(false),
  /** A line that ends so opens a block of deeper lines, such as `:`. Brackets open blocks in every language. */
  blockOpeners: z.array(z.string().min(1)),
  /** A line that ends so is gone on with on the next line, such as `=>`. */
  lineContinuations: z.array(z.string().min(1)),
  /** Words that go on with a statement after one of its blocks, such as `else`. */
  clauseKeywords: z.array(z.string().min(1)),
});

/** The fields of language.json. */
export type LanguageDefinition = z.infer<typeof languageSchema>;

/**
 * The queries that a language may have beside its language.json, each in `<name>.scm`.
 * - blocks: units of code and statements with blocks, for the end of a suggestion (`@definition`, `@statement`)
 * - holes: what an evaluation cuts out, by kind of node
 * - tags: definitions, `@definition.KIND` with `@name`, `@body` and `@base`; comments (`@doc`) and decorators
 *   (`@decorator`), which belong to the definition right after them
 * - references: `@reference.call` and `@reference.type`
 * - mentions: all others, `@reference.value`
 * - imports: `@import` with `@module`, `@imported` and `@alias`
 * - regions: `@comment` and `@string`
 */
export const queryNames = ["blocks", "holes", "tags", "references", "mentions", "imports", "regions"] as const;
export type QueryName = (typeof queryNames)[number];

/** A query, or several that are run as one, which costs one walk over the tree. */
export type QuerySelection = QueryName | readonly QueryName[];

/** A language, ready to use. */
export interface Language extends Omit<LanguageDefinition, "grammar"> {
  /** Undefined for a language that has no folder in syntaxes/. */
  readonly grammar: string | undefined;
  readonly lexicon: Lexicon;
  /** tree-sitter queries by name, of those that were asked for. */
  readonly queries: Readonly<Partial<Record<QueryName, string>>>;
}

/** Makes a language of its definition and its queries. */
export function createLanguage(
  definition: Omit<LanguageDefinition, "grammar"> & { readonly grammar?: string | undefined },
  queries: Language["queries"] = {},
): Language {
  return { ...definition, grammar: definition.grammar, lexicon: compileLexicon(definition), queries };
}

/**
 * Stands for every language that has no folder in syntaxes/: blocks by indentation, brackets, quoted strings within a
 * line. An apostrophe opens no string here: plain text and Markdown are full of them.
 */
export const genericLanguage: Language = createLanguage({
  id: "generic",
  languageIds: ["generic"],
  fileExtensions: [],
  blockStyle: "indentation",
  lineComments: [],
  blockComments: [],
  strings: [{ delimiter: '"', multiLine: false, escapes: true }],
  regularExpressions: false,
  blockOpeners: [":"],
  lineContinuations: [],
  clauseKeywords: [],
});
