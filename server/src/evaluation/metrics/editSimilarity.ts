// Edit similarity: how much of the text would have to be typed anew.
import { editLikeness } from "../../text/editDistance.js";
import type { Metric } from "../hole.js";
import { bestLikeness } from "./compared.js";

/** In [0, 1]. Levenshtein's distance, as in Code4Me (arXiv 2402.16197); CrossCodeEval's own counts a substitution as two. */
export const editSimilarity: Metric = {
  name: "editSimilarity",
  description: "One minus Levenshtein's distance between suggestion and truth, over the length of the longer one.",
  better: "higher",
  score: (scored) => bestLikeness(scored, editLikeness),
};
