// What the editor's own language services, a compiler's most of the time, say of the names near the caret: the heads of
// what they name, and the types of what they name with their members, which a compiler knows where syntax only guesses.
import { innermostAround } from "../ast/definitions.js";
import { caretSite, isOutsideWindow, isOwnFile, textOf } from "../caretSite.js";
import type { ContextSource, LocatedName } from "../contextSource.js";
import type { IndexedFile } from "../repositoryIndex.js";
import { compactHead, isContainer, membersOf } from "../shapes.js";
import type { Definition } from "../symbols.js";
import { bestCandidates, type Scored } from "./candidates.js";

/** A name whose place the document no longer has near the caret. */
const farWeight = 0.2;

/** What a type's head counts beside the definition of the name that has it, and what each of its members counts. */
const typeShare = 0.6;
const memberShare = 0.3;

/** Members of what one is being taken of count this much, and as much more when they begin with what is typed. */
const receiverMemberWeight = 0.9;
const typedMemberWeight = 2;

/** Members of one type; there are classes with hundreds. */
const mostMembers = 64;

/** The source. */
export const languageServices: ContextSource = {
  name: "languageServices",
  most: 60,
  find(query, index, limit) {
    const site = caretSite(query, index);
    const found: Scored[] = [];
    const seen = new Set<string>();
    for (const located of query.located ?? []) {
      const file = index.file(located.folder, located.path);
      const text = file && textOf(query, file);
      const place = file === undefined || text === undefined ? -1 : definitionAt(file, text, located);
      if (file === undefined || text === undefined || place < 0) {
        continue;
      }
      const add = (at: number, score: number): void => {
        const isAround = isOwnFile(site, file) && site.enclosing.includes(at);
        const ranges = [compactHead(text, file.symbols.definitions[at] as Definition)];
        const key = `${file.id}:${at}`;
        if (!isAround && !seen.has(key) && isOutsideWindow(site, file, ranges)) {
          seen.add(key);
          found.push({ file, ranges, score });
        }
      };
      const weight = site.names.get(located.name) ?? farWeight;
      const isReceiver = site.member?.receiver === located.name;
      const definition = file.symbols.definitions[place] as Definition;
      add(place, located.relation === "type" ? weight * typeShare : weight);
      if (isContainer(definition) && (located.relation === "type" || isReceiver)) {
        for (const member of membersOf(file.symbols.definitions, place).slice(0, mostMembers)) {
          const { name } = file.symbols.definitions[member] as Definition;
          const typed = site.member?.typed ?? "";
          const isTyped = typed !== "" && name.startsWith(typed);
          const share = isReceiver ? receiverMemberWeight * (isTyped ? typedMemberWeight : 1) : weight * memberShare;
          add(member, share);
        }
      }
    }
    return bestCandidates(found, limit);
  },
};

/** The definition whose name is at a place, or else the innermost one around it; -1 for none. */
function definitionAt({ symbols }: IndexedFile, text: string, { line, character }: LocatedName): number {
  let start = 0;
  for (let left = line; left > 0; left--) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) {
      return -1;
    }
  }
  const offset = start + character;
  const named = symbols.definitions.findIndex(
    ({ nameStart, name }) => nameStart <= offset && offset <= nameStart + name.length,
  );
  return named >= 0 ? named : innermostAround(symbols.definitions, offset, offset);
}
