// How a definition is shown: what one needs to use it, which is rarely all of it.
import type { TextRange } from "./contextSource.js";
import type { IndexedFile } from "./repositoryIndex.js";
import type { Definition } from "./symbols.js";
import { lineEnd, lineStart } from "./textRanges.js";

/** Longer heads lose the comment before them: a page of documentation leaves no room for a second signature. */
const longestHead = 480;

/** Something without a body, such as a type or a constant, is shown whole up to this length. */
const longestWhole = 600;

/** Heads of a type's members that are shown with it; what a prompt has room for. */
const mostMembers = 16;

const containers: ReadonlySet<string> = new Set(["class", "interface", "enum", "module", "type"]);
const callables: ReadonlySet<string> = new Set(["function", "method", "constructor", "macro"]);

/** Is it something with members of its own? */
export function isContainer({ kind }: Definition): boolean {
  return containers.has(kind);
}

/** Is it something that one calls? */
export function isCallable({ kind }: Definition): boolean {
  return callables.has(kind);
}

/** A definition without its body; without the comment before it where that is long. */
export function headOf(definition: Definition): TextRange {
  const { start, nameStart, headEnd } = definition;
  const isLong = headEnd - start > longestHead;
  // Modifiers stand on the name's line; the snippet is made of whole lines.
  return { start: isLong ? nameStart : start, end: Math.max(headEnd, nameStart + definition.name.length) };
}

/** What one needs to know of a definition to use it: the head of a function, a type with the heads of its members. */
export function outlineOf(file: IndexedFile, place: number): readonly TextRange[] {
  const { definitions } = file.symbols;
  const definition = definitions[place];
  if (definition === undefined) {
    return [];
  }
  if (definition.end - definition.start <= (isCallable(definition) ? 0 : longestWhole)) {
    return [{ start: definition.start, end: definition.end }];
  }
  if (!isContainer(definition)) {
    return [headOf(definition)];
  }
  const members = membersOf(definitions, place).slice(0, mostMembers);
  return [headOf(definition), ...members.map((member) => headOf(definitions[member] as Definition))].filter(
    ({ start, end }, index, all) => start < end && (index === 0 || start >= (all[index - 1] as TextRange).end),
  );
}

/** The place of what a definition is a member of: of a class also what its methods give their object. */
export function ownerOf(definition: Definition, definitionAt: (place: number) => Definition | undefined): number {
  const around = definitionAt(definition.parent);
  const isMade = definition.kind === "field" && around !== undefined && isCallable(around);
  return isMade ? around.parent : definition.parent;
}

/** Places of the members of a definition, in the order of the text. */
export function membersOf(definitions: readonly Definition[], place: number): readonly number[] {
  const members: number[] = [];
  const end = definitions[place]?.end ?? 0;
  for (let at = place + 1; at < definitions.length && (definitions[at]?.start ?? 0) < end; at++) {
    if (ownerOf(definitions[at] as Definition, (one) => definitions[one]) === place) {
      members.push(at);
    }
  }
  return members;
}

/** Something without a body, such as a constant, is shown whole up to this length, else its first line. */
const longestCompact = 160;

/** A definition on as few characters as can be: from its line's start, without what is before it, to its head's end. */
export function compactHead(text: string, { start, end, nameStart, headEnd, name }: Definition): TextRange {
  const line = lineStart(text, nameStart);
  const from = Math.max(line, Math.min(start, nameStart));
  const isBare = headEnd === end && headEnd - from > longestCompact;
  const last = isBare ? Math.min(headEnd, lineEnd(text, nameStart)) : headEnd;
  return { start: from, end: Math.max(last, nameStart + name.length) };
}
