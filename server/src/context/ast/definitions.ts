// Definitions of captures: one for each name, nested, each with the comment and the decorators right before it.
import type { Capture } from "../../syntax/parser.js";
import { type Definition, type DefinitionKind, definitionKinds } from "../symbols.js";
import type { Match } from "./extractSymbols.js";

/** A definition while it is put together. */
interface Draft {
  name: string;
  kind: DefinitionKind;
  start: number;
  end: number;
  nameStart: number;
  bodyStart: number;
  parent: number;
  bases: string[];
  isPrivate: boolean;
  /** Is it a field that a method gives its object: `self.name = name`? */
  isAttribute: boolean;
}

/** What queries call a field that a method gives its object. */
const attributeKind = "attribute";

const kinds: ReadonlySet<string> = new Set(definitionKinds);

const variableKinds: ReadonlySet<DefinitionKind> = new Set(["variable", "constant", "field"]);

/** Kinds that a more special pattern may find to be something else: `const f = () => 1` is a function. */
const generalKinds: ReadonlySet<DefinitionKind> = new Set([...variableKinds, "type"]);

/** Kinds whose functions are methods and whose variables are fields. */
const classKinds: ReadonlySet<DefinitionKind> = new Set(["class", "interface", "enum"]);

const functionKinds: ReadonlySet<DefinitionKind> = new Set(["function", "method", "constructor"]);

/** What languages call a constructor that is written like any other method. */
const constructorNames: ReadonlySet<string> = new Set(["__init__", "constructor", "__construct"]);

/** Words that go before a definition on its line without being part of its node: `export default`, `const`. */
const words = /^[\w@ \t]*$/;

/** The modifier of what only its own class or file can use, in the languages that have such a word; names in ECMAScript. */
const privateWord = /(?<![@\w])private(?!\w)/;
const privateName = /^#/;

/** Longest that those words can be: a longer line is not looked at. */
const wordsLimit = 200;

/**
 * @param matches each with `definition.KIND` first, most with a `name`
 * @param leading comments and decorators, in any order
 * @param names for those without: the first in their head
 * @param bases names of bases that lie within the head of their class
 */
export function collectDefinitions(
  text: string,
  matches: readonly Match[],
  leading: readonly Capture[],
  names: readonly Capture[],
  bases: readonly Capture[],
): readonly Definition[] {
  const found = mergeMatches(text, matches, names);
  const comments = startsByEnd(text, leading);
  extendOverLeading(text, found, comments);
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  nest(found);
  const drafts = withoutRepeats(found).filter((draft) => !isLocal(draft, found) && !isInCallback(text, draft));
  nest(drafts);
  for (const draft of drafts) {
    refineKind(draft, drafts[draft.parent]);
  }
  assignBases(text, drafts, bases);
  return drafts.map(({ bodyStart, isPrivate, isAttribute, ...draft }) => ({
    ...draft,
    ...(isPrivate ? { isPrivate } : {}),
    // `typedef struct { … } name`: what has its name behind its body has no head before it.
    headEnd:
      bodyStart < draft.nameStart ? draft.end : headEnd(text, draft.nameStart + draft.name.length, bodyStart, comments),
  }));
}

/** The end of a head, without the comments that some grammars put before a body and not into it. */
function headEnd(text: string, nameEnd: number, bodyStart: number, comments: ReadonlyMap<number, number>): number {
  let end = trimmedEnd(text, nameEnd, bodyStart);
  for (let start = comments.get(end); start !== undefined && start >= nameEnd; start = comments.get(end)) {
    end = trimmedEnd(text, nameEnd, start);
  }
  return end;
}

/** Starts of comments and decorators by where they end; some grammars' line comments have their line end with them. */
function startsByEnd(text: string, leading: readonly Capture[]): ReadonlyMap<number, number> {
  return new Map(leading.map(({ start, end }) => [trimmedEnd(text, start, end), start]));
}

/** Several patterns may find the same definition, which its name tells. */
function mergeMatches(text: string, matches: readonly Match[], names: readonly Capture[]): Draft[] {
  const drafts = new Map<number, Draft>();
  for (const { node, name: nameNode, bodyStart } of withNames(matches, names)) {
    const { kind: written, nameStart, name } = readName(text, node, nameNode);
    const isAttribute = written === attributeKind;
    const kind = isAttribute ? "field" : written;
    if (name === "" || !isKind(kind)) {
      continue;
    }
    const known = drafts.get(nameStart);
    if (known === undefined) {
      const { start } = node;
      const end = trimmedEnd(text, nameStart + name.length, node.end);
      const isPrivate = privateName.test(name) || privateWord.test(modifiersOf(text, start, nameStart));
      drafts.set(nameStart, {
        name,
        kind,
        start,
        end,
        nameStart,
        bodyStart,
        parent: -1,
        bases: [],
        isPrivate,
        isAttribute,
      });
    } else {
      known.start = Math.min(known.start, node.start);
      known.end = Math.max(known.end, node.end);
      known.bodyStart = Math.max(known.bodyStart, bodyStart);
      known.kind = generalKinds.has(known.kind) && !generalKinds.has(kind) ? kind : known.kind;
    }
  }
  return [...drafts.values()];
}

/** What stands before a definition's name on its line, which is where the modifiers are. */
function modifiersOf(text: string, start: number, nameStart: number): string {
  const line = text.lastIndexOf("\n", nameStart - 1) + 1;
  return text.slice(Math.max(start, line, nameStart - wordsLimit), nameStart);
}

/** A definition's node with the node of its name. */
interface NamedNode {
  readonly node: Capture;
  name: Capture | undefined;
  readonly bodyStart: number;
}

/** A definition without a name of its own gets the first in its head: C's declarators nest in too many ways. */
function withNames(
  matches: readonly Match[],
  names: readonly Capture[],
): { node: Capture; name: Capture; bodyStart: number }[] {
  const all: NamedNode[] = matches.flatMap((match) => {
    const [node] = match;
    const name = match.find((capture) => capture.name === "name");
    const bodyStart = match.find((capture) => capture.name === "body")?.start ?? -1;
    return node === undefined ? [] : [{ node, name, bodyStart }];
  });
  if (names.length > 0) {
    const nameless = all.filter(({ name }) => name === undefined);
    nameless.sort((a, b) => a.node.start - b.node.start || b.node.end - a.node.end);
    const open: NamedNode[] = [];
    let next = 0;
    for (const name of names.toSorted((a, b) => a.start - b.start)) {
      for (
        let opened = nameless[next];
        opened !== undefined && opened.node.start <= name.start;
        opened = nameless[next]
      ) {
        open.push(opened);
        next++;
      }
      while (open.length > 0 && (open.at(-1)?.node.end ?? 0) < name.end) open.pop();
      const owner = open.at(-1);
      if (owner !== undefined && (owner.bodyStart < 0 || name.end <= owner.bodyStart)) {
        owner.name ??= name;
      }
    }
  }
  return all.flatMap(({ node, name, bodyStart }) => (name === undefined ? [] : [{ node, name, bodyStart }]));
}

/** The last part of a qualified name, whose owner is a class apart from it; a Ruby symbol without its colon. */
function readName(
  text: string,
  node: Capture,
  { start, end }: Capture,
): { kind: string; nameStart: number; name: string } {
  const kind = node.name.slice("definition.".length);
  const whole = text.slice(start, end);
  const qualifier = kind === "function" ? whole.lastIndexOf("::") : -1;
  if (qualifier >= 0) {
    return { kind: "method", nameStart: start + qualifier + 2, name: whole.slice(qualifier + 2) };
  }
  const skipped = whole.startsWith(":") ? 1 : 0;
  return { kind, nameStart: start + skipped, name: whole.slice(skipped) };
}

function isKind(kind: string | undefined): kind is DefinitionKind {
  return kind !== undefined && kinds.has(kind);
}

/** Moves starts back over words of the same line, then over decorators and comments right before. */
function extendOverLeading(text: string, drafts: readonly Draft[], byEnd: ReadonlyMap<number, number>): void {
  for (const draft of drafts) {
    const lineStart = startOfLine(text, draft.start, wordsLimit);
    if (lineStart !== undefined && words.test(text.slice(lineStart, draft.start))) {
      draft.start = skipBlank(text, lineStart);
    }
    if (byEnd.size === 0) {
      continue;
    }
    for (;;) {
      const end = endBefore(text, draft.start);
      const start = end < 0 ? undefined : byEnd.get(end);
      // What stands behind code on its line belongs to that code.
      if (start === undefined || start >= draft.start || !startsLine(text, start)) {
        break;
      }
      draft.start = start;
    }
  }
}

/** Where the text before ends, with one line end between at most; -1 when there are more. */
function endBefore(text: string, offset: number): number {
  let lineEnds = 0;
  let end = offset;
  for (; end > 0; end--) {
    const character = text.charCodeAt(end - 1);
    if (character === 10) {
      if (++lineEnds > 1) return -1;
    } else if (!isBlank(character)) {
      break;
    }
  }
  return end;
}

/** The start of an offset's line; undefined when it is further away than the limit. */
function startOfLine(text: string, offset: number, limit: number): number | undefined {
  for (let at = offset; at >= offset - limit; at--) {
    if (at === 0 || text.charCodeAt(at - 1) === 10) return at;
  }
  return undefined;
}

function startsLine(text: string, offset: number): boolean {
  for (let at = offset - 1; at >= 0; at--) {
    const character = text.charCodeAt(at);
    if (character === 10) return true;
    if (!isBlank(character)) return false;
  }
  return true;
}

function isBlank(character: number): boolean {
  return character === 32 || (character >= 9 && character <= 13) || character === 0xfeff;
}

function skipBlank(text: string, offset: number): number {
  let at = offset;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** The end without the white space before it, not before `start`. */
function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

function nest(drafts: readonly Draft[]): void {
  const open: number[] = [];
  drafts.forEach((draft, index) => {
    // Two of the same extent stand side by side: `int a, b;`.
    while (open.length > 0 && !isWithin(draft, drafts[open.at(-1) ?? 0])) {
      open.pop();
    }
    draft.parent = open.at(-1) ?? -1;
    open.push(index);
  });
}

function isWithin(draft: Draft, outer: Draft | undefined): boolean {
  return outer !== undefined && draft.end <= outer.end && (draft.start > outer.start || draft.end < outer.end);
}

/** Without what a method gives its object anew: a field is defined where it is first written. */
function withoutRepeats(drafts: readonly Draft[]): readonly Draft[] {
  const seen = new Map<Draft | undefined, Set<string>>();
  return drafts.filter((draft) => {
    const owner = classAround(draft, drafts);
    if (!variableKinds.has(draft.kind) || (!draft.isAttribute && drafts[draft.parent] !== owner)) {
      return true;
    }
    const names = seen.get(owner) ?? new Set();
    seen.set(owner, names);
    const isRepeat = draft.isAttribute && names.has(draft.name);
    names.add(draft.name);
    return !isRepeat;
  });
}

function classAround(draft: Draft, drafts: readonly Draft[]): Draft | undefined {
  let around = drafts[draft.parent];
  while (around !== undefined && !classKinds.has(around.kind)) {
    around = drafts[around.parent];
  }
  return around;
}

/** Is it within a function, where nobody else can use it: a variable, or a declaration without a body? */
function isLocal(draft: Draft, drafts: readonly Draft[]): boolean {
  const isDeclaration = functionKinds.has(draft.kind) && draft.bodyStart < 0;
  if (draft.isAttribute) {
    return classAround(draft, drafts) === undefined;
  }
  if (!variableKinds.has(draft.kind) && !isDeclaration) {
    return false;
  }
  for (let around = drafts[draft.parent]; around !== undefined; around = drafts[around.parent]) {
    if (functionKinds.has(around.kind)) return true;
    if (classKinds.has(around.kind)) return false;
  }
  return false;
}

/** How ECMAScript declares what only the block around it knows. */
const blockDeclaration = /^[ \t]+(?:const|let|var)[ \t]/;

/**
 * Is it declared, indented, within nothing that has a name? Then it is in a function without one, such as a test's: nobody
 * else can use it.
 */
function isInCallback(text: string, { parent, nameStart }: Draft): boolean {
  const line = parent === -1 ? startOfLine(text, nameStart, wordsLimit) : undefined;
  return line !== undefined && blockDeclaration.test(text.slice(line, nameStart));
}

function refineKind(draft: Draft, parent: Draft | undefined): void {
  if (parent === undefined || !classKinds.has(parent.kind)) {
    return;
  }
  if (draft.kind === "function") {
    draft.kind = "method";
  } else if (draft.kind === "variable") {
    draft.kind = "field";
  }
  if (draft.kind === "method" && (constructorNames.has(draft.name) || draft.name === parent.name)) {
    draft.kind = "constructor";
  }
}

/** Gives each base to the innermost definition whose head it is in. */
function assignBases(text: string, drafts: readonly Draft[], bases: readonly Capture[]): void {
  for (const { start, end } of bases) {
    let owner = drafts[lastStartingAtOrBefore(drafts, start)];
    while (owner !== undefined && (owner.end < end || !hasBases(owner) || start < owner.nameStart)) {
      owner = drafts[owner.parent];
    }
    const name = text.slice(start, end);
    if (owner !== undefined && name !== "" && !owner.bases.includes(name)) {
      owner.bases.push(name);
    }
  }
}

function hasBases({ kind }: Draft): boolean {
  return classKinds.has(kind) || kind === "type" || kind === "module";
}

/** Place of the last one that starts at an offset or before it; -1 when there is none. */
export function lastStartingAtOrBefore(sorted: readonly { readonly start: number }[], offset: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Place of the innermost definition that holds a range; -1 for none. */
export function innermostAround(
  definitions: readonly { readonly start: number; readonly end: number; readonly parent: number }[],
  start: number,
  end: number,
): number {
  let index = lastStartingAtOrBefore(definitions, start);
  while (index >= 0 && (definitions[index]?.end ?? 0) < end) {
    index = definitions[index]?.parent ?? -1;
  }
  return index;
}
