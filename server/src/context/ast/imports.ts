// Imports of captures. What a language writes in one statement, queries capture in parts; the parts belong to the
// innermost `@import` around them:
// - `@module` is what names come from, and `@imported` (with `@alias`), `@default`, `@namespace` and `@wildcard` are the
//   names: ECMAScript, `from … import` of Python
// - `@path` is a path whose last segment is the name (Java, Rust, PHP), `@path.all` one whose names all come in (C, C#,
//   wildcards), `@path.module` and `@path.root` a module that goes by the last (Go) or first (Python) segment of its path
// - `@prefix` goes before the paths in its `@group`: `use a::{b, c}`
import type { Capture } from "../../syntax/parser.js";
import type { Import, ImportedName } from "../symbols.js";
import { lastStartingAtOrBefore } from "./definitions.js";
import type { Match } from "./extractSymbols.js";

/** Separators of paths in all languages. */
const separators = /[.:\\/]+/;

const quotes = /^["'`<]+|["'`>]+$/g;

/** As it ends a path in Rust. */
const wildcard = /(?:::)?\*$/;

/** Go's major versions, which are no package's name: `example.com/yaml/v3`, `gopkg.in/yaml.v3`. */
const version = /^v\d+$/;

/** One import statement while it is put together. */
interface Statement {
  readonly start: number;
  readonly end: number;
  module: string | undefined;
  readonly names: ImportedName[];
  /** By where it starts: of two patterns for one path the more special one counts. */
  readonly paths: Map<number, PathOfImport>;
  readonly groups: { readonly start: number; readonly end: number; readonly prefix: string }[];
}

interface PathOfImport {
  readonly kind: PathKind;
  readonly text: string;
  readonly alias: string | undefined;
}

/** From special to general. */
const pathKinds = ["path.all", "path.module", "path.root", "path"] as const;
type PathKind = (typeof pathKinds)[number];

/** @param matches of the patterns of imports.scm, in any order */
export function collectImports(text: string, matches: readonly Match[]): readonly Import[] {
  const statements = collectStatements(matches);
  if (statements.length === 0) {
    return [];
  }
  for (const match of matches) {
    const part = match.find(({ name }) => name !== "import" && !name.startsWith("_"));
    const statement = part && statementAround(statements, part);
    if (statement !== undefined) {
      addPart(text, statement, match);
    }
  }
  return statements.flatMap(importsOf);
}

function collectStatements(matches: readonly Match[]): Statement[] {
  const byStart = new Map<number, Statement>();
  for (const match of matches) {
    const node = match.find(({ name }) => name === "import");
    if (node !== undefined && !byStart.has(node.start)) {
      const { start } = node;
      // A re-export's node is its list of names; what it is from comes after.
      const end = Math.max(...match.map((capture) => capture.end));
      byStart.set(start, { start, end, module: undefined, names: [], paths: new Map(), groups: [] });
    }
  }
  return [...byStart.values()].sort((a, b) => a.start - b.start);
}

function statementAround(statements: readonly Statement[], { start, end }: Capture): Statement | undefined {
  const statement = statements[lastStartingAtOrBefore(statements, start)];
  return statement !== undefined && end <= statement.end ? statement : undefined;
}

function addPart(text: string, statement: Statement, match: Match): void {
  const textOf = (name: string): string | undefined => {
    const capture = match.find((each) => each.name === name);
    return capture && text.slice(capture.start, capture.end);
  };
  const alias = textOf("alias");
  const prefix = match.find(({ name }) => name === "prefix");
  const group = match.find(({ name }) => name === "group");
  if (prefix !== undefined && group !== undefined) {
    // With the separator that stands between the two.
    const withSeparator = text.slice(prefix.start, group.start).replace(/\s+/g, "");
    statement.groups.push({ start: group.start, end: group.end, prefix: withSeparator });
  }
  for (const { name, start, end } of match) {
    const part = text.slice(start, end);
    if (name === "module") {
      statement.module = unquote(part);
    } else if (name === "imported") {
      addName(statement, { name: unquote(part), alias: unquote(alias ?? part) });
    } else if (name === "default") {
      addName(statement, { name: "default", alias: part });
    } else if (name === "namespace") {
      addName(statement, { name: "*", alias: part });
    } else if (name === "wildcard") {
      addName(statement, { name: "*", alias: "*" });
    } else if (isPathKind(name)) {
      const known = statement.paths.get(start);
      if (known === undefined || rankOf(name) < rankOf(known.kind) || (alias !== undefined && name === known.kind)) {
        const path = unquote(part.replace(/\s+/g, ""));
        statement.paths.set(start, { kind: name, text: path.replace(wildcard, ""), alias });
      }
    }
  }
}

/** A name that two patterns found comes in once, under its alias. */
function addName(statement: Statement, added: ImportedName): void {
  const { names } = statement;
  const known = names.findIndex(({ name, alias }) => name === added.name && (alias === added.alias || alias === name));
  if (known < 0) {
    names.push(added);
  } else {
    names[known] = added;
  }
}

function isPathKind(name: string): name is PathKind {
  return (pathKinds as readonly string[]).includes(name);
}

function rankOf(kind: PathKind): number {
  return pathKinds.indexOf(kind);
}

function unquote(text: string): string {
  return text.replace(quotes, "");
}

function importsOf({ start, end, module, names, paths, groups }: Statement): Import[] {
  const imports: Import[] = module === undefined ? [] : [{ module, names, start, end }];
  for (const [offset, path] of [...paths].sort(([a], [b]) => a - b)) {
    const prefixes = groups.filter((group) => group.start <= offset && offset < group.end);
    const prefix = prefixes.map((group) => group.prefix).join("");
    // `use a::{self, *}`: the path that the group belongs to.
    const isOfGroup = prefix !== "" && (path.text === "self" || path.text === "");
    const full = isOfGroup ? prefix.replace(/[:\\.]+$/, "") : prefix + path.text;
    imports.push({ module: full, names: [nameOf(path, full)], start, end });
  }
  return imports;
}

function nameOf({ kind, alias }: PathOfImport, path: string): ImportedName {
  if (kind === "path.all") {
    return { name: "*", alias: "*" };
  }
  const segments = path.split(separators).filter((segment) => segment !== "");
  const last = segments.at(-1) ?? path;
  if (kind === "path") {
    return { name: last, alias: alias ?? last };
  }
  if (kind === "path.root") {
    return { name: "*", alias: alias ?? segments[0] ?? path };
  }
  const named = version.test(last) && segments.length > 1 ? (segments.at(-2) ?? last) : last;
  return { name: "*", alias: alias ?? named };
}
