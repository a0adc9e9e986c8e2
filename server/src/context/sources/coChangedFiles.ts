// Files that git's log says change together with this one: the definitions in them whose names have most in common with
// the code around the caret.
import { caretSite, isOutsideWindow, isOwnFile } from "../caretSite.js";
import type { ContextSource } from "../contextSource.js";
import { termsOf } from "../search/terms.js";
import { headOf, isContainer, outlineOf } from "../shapes.js";
import { bestCandidates, type Scored } from "./candidates.js";

/** Definitions of one file. */
const mostOfOneFile = 3;

/** What a file's first definition counts although its name has nothing in common with the caret's surroundings. */
const baseline = 0.1;

/** The source. */
export const coChangedFiles: ContextSource = {
  name: "coChangedFiles",
  find(query, index, limit) {
    const site = caretSite(query, index);
    const near = termsOf(site.nearText);
    const [first] = query.coChanged;
    const found: Scored[] = query.coChanged.flatMap(({ path, times }) => {
      const file = index.file(query.folder, path);
      if (file === undefined || isOwnFile(site, file)) {
        return [];
      }
      const { definitions } = file.symbols;
      const ranked = definitions.flatMap((definition, place): Scored[] => {
        const terms = [...termsOf(definition.name).keys()];
        const common = terms.filter((term) => near.has(term)).length;
        const ranges = isContainer(definition) ? outlineOf(file, place) : [headOf(definition)];
        const score = (times / (first?.times ?? times)) * (baseline + common / Math.max(1, terms.length));
        return isOutsideWindow(site, file, ranges) ? [{ file, ranges, score }] : [];
      });
      return bestCandidates(ranked, mostOfOneFile);
    });
    return bestCandidates(found, limit);
  },
};
