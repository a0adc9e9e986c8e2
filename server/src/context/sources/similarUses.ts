// What similar code uses: the definitions of the names that the chunks most like the code around the caret call or name as
// types. The document need not name them yet, which is where looking up its own names ends.
import { caretSite } from "../caretSite.js";
import type { ContextSource } from "../contextSource.js";
import { firstOf, isEverywhere, isSameFamily } from "./candidates.js";
import { nearbyChunks } from "./chunks.js";
import { compareHeads, DefinitionHead } from "./definitionHead.js";
import { isUsable } from "./usable.js";

/** Chunks whose names are read. */
const mostChunks = 8;

/** Names that are looked up, the ones that the most similar chunks share. */
const mostNames = 32;

/** A name that so many definitions have is too common to tell which one is meant. */
const mostDefinitions = 3;

/** Definitions of one name that are looked at. */
const mostOfOneName = 16;

/** The source. */
export const similarUses: ContextSource = {
  name: "similarUses",
  most: 40,
  find(query, index, limit) {
    const site = caretSite(query, index);
    const chunks = nearbyChunks(query, index).slice(0, mostChunks);
    const best = chunks[0]?.score ?? 1;
    const weights = new Map<string, number>();
    for (const { file, index: place, score } of chunks) {
      const chunk = file.symbols.chunks[place];
      const names = new Set(
        file.symbols.references
          .filter(({ start }) => chunk !== undefined && start >= chunk.start && start < chunk.end)
          .map(({ name }) => name),
      );
      for (const name of names) {
        weights.set(name, (weights.get(name) ?? 0) + (score / best) ** 2);
      }
    }
    const most = [...weights].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, mostNames);
    const heads = most.flatMap(([name, weight]) => {
      if (isEverywhere(name, index)) {
        return [];
      }
      const located = [...firstOf(index.definitionsOf(name, query), mostOfOneName)].filter(
        ({ file, index: place }) => isSameFamily(file.language, query.language) && isUsable(query, site, file, place),
      );
      return located.length > mostDefinitions
        ? []
        : located.map(({ file, definition }) => new DefinitionHead(query, file, definition, weight / located.length));
    });
    return heads.sort(compareHeads).slice(0, limit);
  },
};
