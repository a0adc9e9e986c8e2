// What a type's name means in a file, and what its members are, inherited ones and those written elsewhere with it.
import { importedFiles } from "../importPaths.js";
import type { IndexedFile, RepositoryIndex } from "../repositoryIndex.js";
import { isContainer, membersOf } from "../shapes.js";
import type { Definition } from "../symbols.js";
import { firstOf, isSameFamily } from "./candidates.js";
import { isSameFolder } from "./usable.js";

/** Definitions of a type's name that are looked at. */
const mostOfOneName = 24;

/** Base classes of base classes: so many steps up. */
const mostSteps = 3;

/** Mentions of a type that are looked at for the methods that are written apart from it. */
const mostMentions = 400;

/** Where something is defined: a place in the file's definitions. */
export interface LocatedType {
  readonly file: IndexedFile;
  readonly place: number;
}

/** The definition of a type: in this file, in the one that it is imported from, or the nearest of that name. */
export function findType(name: string, from: IndexedFile, index: RepositoryIndex): LocatedType | undefined {
  const isType = ({ name: other, kind }: Definition): boolean => other === name && isContainer({ kind } as Definition);
  const own = from.symbols.definitions.findIndex(isType);
  if (own >= 0) {
    return { file: from, place: own };
  }
  for (const one of from.symbols.imports.filter(({ names }) => names.some(({ alias }) => alias === name))) {
    const original = one.names.find(({ alias }) => alias === name)?.name ?? name;
    for (const file of importedFiles(one, from, index)) {
      const place = file.symbols.definitions.findIndex((other) => other.name === original || isType(other));
      if (place >= 0) {
        return { file, place };
      }
    }
  }
  for (const { file, index: place, definition } of firstOf(index.definitionsOf(name, from), mostOfOneName)) {
    if (isContainer(definition) && isSameFamily(file.language, from.language)) {
      return { file, place };
    }
  }
  return undefined;
}

/** Members of a type: its own, those written apart from it, then those of its bases. */
export function allMembers(type: LocatedType, index: RepositoryIndex): readonly LocatedType[] {
  const found: LocatedType[] = [];
  const seen = new Set<string>();
  let level: readonly LocatedType[] = [type];
  for (let step = 0; step <= mostSteps && level.length > 0; step++) {
    const bases: LocatedType[] = [];
    for (const { file, place } of level) {
      const definition = file.definition(place);
      if (definition === undefined || seen.has(`${file.id}:${place}`)) {
        continue;
      }
      seen.add(`${file.id}:${place}`);
      found.push(...membersOf(file.symbols.definitions, place).map((member) => ({ file, place: member })));
      found.push(...methodsApart(definition.name, file, index));
      bases.push(...definition.bases.flatMap((base) => findType(base, file, index) ?? []));
    }
    level = bases;
  }
  return found;
}

/** Go writes a type's methods beside it, anywhere in its folder, with the type as their receiver. */
function methodsApart(name: string, from: IndexedFile, index: RepositoryIndex): readonly LocatedType[] {
  if (from.language !== "go") {
    return [];
  }
  const found: LocatedType[] = [];
  for (const { file, reference } of firstOf(index.referencesTo(name, from), mostMentions)) {
    const method = file.definition(reference.definition);
    const isReceiver =
      method?.kind === "method" && method.start < reference.start && reference.start < method.nameStart;
    if (isReceiver && isSameFolder(from, file)) {
      found.push({ file, place: reference.definition });
    }
  }
  return found;
}
