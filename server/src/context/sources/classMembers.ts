// The class around the caret: the signatures of its other members, and of the members of its base classes and
// interfaces, wherever they are.
import { caretSite, isOutsideWindow } from "../caretSite.js";
import type { ContextQuery, ContextSource, TextRange } from "../contextSource.js";
import type { IndexedFile, RepositoryIndex } from "../repositoryIndex.js";
import { headOf, isContainer, membersOf, outlineOf } from "../shapes.js";
import type { Definition } from "../symbols.js";
import { bestCandidates, type Scored } from "./candidates.js";
import { findType } from "./types.js";

/** Base classes of base classes: further up there is little that a class still needs to be told. */
const mostSteps = 2;

/** What a base class is worth beside the siblings, by step. */
const baseScores = [0.9, 0.4];

/** Siblings are read together in groups: one that fits is better than all that do not. */
const siblingsInGroup = 8;

/** The source. */
export const classMembers: ContextSource = {
  name: "classMembers",
  find(query, index, limit) {
    const site = caretSite(query, index);
    const { file } = site;
    const all = file?.symbols.definitions ?? [];
    const place = site.enclosing.find((one) => isContainer(all[one] as Definition));
    if (file === undefined || place === undefined) {
      return [];
    }
    const found: Scored[] = [];
    const siblings = membersOf(all, place)
      .filter((member) => !site.enclosing.includes(member))
      .map((member) => headOf(all[member] as Definition))
      .filter((range) => range.start < range.end && isOutsideWindow(site, file, [range]));
    for (const [group, ranges] of groups(siblings, site.offset).entries()) {
      found.push({ file, ranges, score: 1 / (1 + group) });
    }
    addBases(all[place] as Definition, file, 0, { query, index, found, seen: new Set([`${file.id}:${place}`]) });
    return bestCandidates(found, limit);
  },
};

/** Ranges in groups of neighbours, those nearest the caret first. */
function groups(ranges: readonly TextRange[], offset: number): readonly (readonly TextRange[])[] {
  const nearest = ranges.toSorted((a, b) => Math.abs(a.start - offset) - Math.abs(b.start - offset));
  const all: (readonly TextRange[])[] = [];
  for (let start = 0; start < nearest.length; start += siblingsInGroup) {
    all.push(nearest.slice(start, start + siblingsInGroup).sort((a, b) => a.start - b.start));
  }
  return all;
}

interface Walk {
  readonly query: ContextQuery;
  readonly index: RepositoryIndex;
  readonly found: Scored[];
  readonly seen: Set<string>;
}

function addBases(of: Definition, from: IndexedFile, step: number, walk: Walk): void {
  if (step === mostSteps) {
    return;
  }
  const site = caretSite(walk.query, walk.index);
  for (const name of of.bases) {
    const base = findType(name, from, walk.index);
    const definition = base?.file.symbols.definitions[base.place];
    const key = `${base?.file.id}:${base?.place}`;
    if (base === undefined || definition === undefined || walk.seen.has(key)) {
      continue;
    }
    walk.seen.add(key);
    const ranges = outlineOf(base.file, base.place);
    if (ranges.length > 0 && isOutsideWindow(site, base.file, ranges)) {
      walk.found.push({ file: base.file, ranges, score: baseScores[step] ?? 0 });
    }
    addBases(definition, base.file, step + 1, walk);
  }
}
