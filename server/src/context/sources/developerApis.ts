// The repository's own functions that this developer uses most: those called in what they edited and viewed lately,
// edits before views.
import { caretSite, isOutsideWindow } from "../caretSite.js";
import type { ContextSource } from "../contextSource.js";
import { headOf } from "../shapes.js";
import { bestCandidates, firstOf, isSameFamily, type Scored } from "./candidates.js";
import { visitedChunks } from "./chunks.js";

/** A view says less than an edit of what somebody works with. */
const viewShare = 0.4;

/** Names that are looked up, the ones called most. */
const mostNames = 24;

/** A name that so many definitions have is too common to tell which one is called. */
const mostDefinitions = 3;

/** Definitions of one name that are looked at. */
const mostOfOneName = 24;

/** The source. */
export const developerApis: ContextSource = {
  name: "developerApis",
  find(query, index, limit) {
    const site = caretSite(query, index);
    const counts = new Map<string, number>();
    for (const [visits, share] of [
      [query.edits, 1],
      [query.views, viewShare],
    ] as const) {
      for (const { file, index: place, recency } of visitedChunks(visits, index)) {
        const chunk = file.symbols.chunks[place];
        for (const { name, kind, start } of chunk === undefined ? [] : file.symbols.references) {
          if (kind === "call" && chunk !== undefined && start >= chunk.start && start < chunk.end) {
            counts.set(name, (counts.get(name) ?? 0) + share * recency);
          }
        }
      }
    }
    const most = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, mostNames);
    const found: Scored[] = most.flatMap(([name, count]) => {
      const located = [...firstOf(index.definitionsOf(name, query), mostOfOneName)].filter(({ file }) =>
        isSameFamily(file.language, query.language),
      );
      if (located.length > mostDefinitions) {
        return [];
      }
      return located.flatMap(({ file, definition }) => {
        const ranges = [headOf(definition)];
        return isOutsideWindow(site, file, ranges) ? [{ file, ranges, score: count / located.length }] : [];
      });
    });
    return bestCandidates(found, limit);
  },
};
