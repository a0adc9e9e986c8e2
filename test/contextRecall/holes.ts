// Holes whose middle uses something that is defined in another file, chosen by a seed.
import type { Hole } from "../../server/src/evaluation/hole.js";
import { chooseSeeded } from "../../server/src/evaluation/masking/seededChoice.js";
import { rankOf } from "../../server/src/evaluation/selection.js";
import type { Use } from "./truth/use.js";

/** How much of the code the hole takes away. */
export const holeGroups = ["restOfLine", "statement", "block"] as const;
export type HoleGroup = (typeof holeGroups)[number];

/** A hole and what its middle uses. */
export interface RecallHole {
  readonly hole: Hole;
  readonly group: HoleGroup;
  /** One use for each definition that is in another file. */
  readonly uses: readonly Use[];
  /** The one that is asked for: drawn by the seed. */
  readonly target: Use;
}

/** What a kind of hole takes away; undefined for kinds that are no line's rest, statement or block. */
export function groupOf(kind: string): HoleGroup | undefined {
  switch (kind) {
    case "caret:lineStart":
    case "node:statement":
      return "statement";
    case "caret:lines":
    case "node:block":
      return "block";
    default:
      // `caret:.|rest` takes the rest of a word or of an argument, and leaves that of the line.
      return kind.startsWith("caret:") && !kind.includes("|rest") ? "restOfLine" : undefined;
  }
}

/** The holes of which some will be asked, of one package: those of these kinds, at most so many, by the seed. */
export function candidateHoles(holes: readonly Hole[], most: number, seed: number): readonly Hole[] {
  const wanted = holes.filter(({ kind }) => groupOf(kind) !== undefined);
  return chooseSeeded(wanted, most, seed, ({ id }) => id);
}

/** The holes that use something of another file. */
export function holesWithUses(holes: readonly Hole[], uses: readonly Use[], seed: number): readonly RecallHole[] {
  const byFile = new Map<string, Use[]>();
  for (const use of uses) {
    const ofFile = byFile.get(use.file);
    if (ofFile === undefined) {
      byFile.set(use.file, [use]);
    } else {
      ofFile.push(use);
    }
  }
  return holes.flatMap((hole) => {
    const group = groupOf(hole.kind);
    const start = hole.prefix.length;
    const end = start + hole.middle.length;
    const within = (byFile.get(hole.path) ?? []).filter(({ useStart, useEnd }) => useStart >= start && useEnd <= end);
    const distinct = new Map(within.map((use) => [`${use.definitionFile}:${use.definitionStart}`, use]));
    const [target] = [...distinct.values()].toSorted(
      (a, b) => rankOf(seed, `${hole.id}:${a.useStart}`) - rankOf(seed, `${hole.id}:${b.useStart}`),
    );
    return group === undefined || target === undefined ? [] : [{ hole, group, uses: [...distinct.values()], target }];
  });
}

/**
 * So many holes, as evenly from all packages and groups as there are enough of them.
 *
 * @param packages the holes of each package
 */
export function chooseHoles(
  packages: readonly (readonly RecallHole[])[],
  count: number,
  seed: number,
): readonly RecallHole[] {
  const cells = packages.flatMap((holes) =>
    holeGroups.map((group) =>
      holes
        .filter((one) => one.group === group)
        .map((one) => ({ one, rank: rankOf(seed, one.hole.id) }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ one }) => one),
    ),
  );
  const chosen: RecallHole[] = [];
  for (let place = 0; chosen.length < count && cells.some((cell) => place < cell.length); place++) {
    for (const cell of cells) {
      const next = cell[place];
      if (next !== undefined && chosen.length < count) {
        chosen.push(next);
      }
    }
  }
  return chosen;
}
