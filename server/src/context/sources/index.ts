// The sources of snippets; a new one is one more file and a line here, and its weight in fusion.ts.
import type { ContextSource } from "../contextSource.js";
import { bm25 } from "./bm25.js";
import { branchWords } from "./branchWords.js";
import { callGraph } from "./callGraph.js";
import { classMembers } from "./classMembers.js";
import { coChangedFiles } from "./coChangedFiles.js";
import { definitions } from "./definitions.js";
import { developerApis } from "./developerApis.js";
import { languageServices } from "./languageServices.js";
import { recentEdits, recentViews } from "./recentPlaces.js";
import { similarCode } from "./similarCode.js";
import { similarUses } from "./similarUses.js";

export const contextSources: readonly ContextSource[] = [
  definitions,
  languageServices,
  callGraph,
  classMembers,
  bm25,
  similarCode,
  similarUses,
  recentEdits,
  recentViews,
  developerApis,
  coChangedFiles,
  branchWords,
];
