// The parts of the engine that can be left out by name, to measure what each is worth. The editor leaves out none, but where
// an arm of an experiment says so.
import { contextSources } from "../context/sources/index.js";
import { filters } from "../postprocess/index.js";

/** A part of the engine with a name. */
export interface EngineFeature {
  readonly name: string;
  /** What becomes of a completion without it. */
  readonly without: string;
}

/** Rules and stages; filters and sources of context come by themselves. */
const stages: readonly EngineFeature[] = [
  { name: "trigger", without: "the model may write several lines wherever the caret is" },
  { name: "invocation", without: "the model is run wherever the caret is while the user types (in replays)" },
  { name: "reuse", without: "every request asks the model, even where the answer is known" },
  { name: "frozenSuffix", without: "brackets that the editor adds make the model read the prompt anew" },
  { name: "heldSnippets", without: "the repository's snippets may change with every key that is typed" },
  { name: "horizon", without: "the text does not end where the model planned to end it, only at its end token" },
  { name: "horizonLength", without: "what the model plans before its first token does not limit lines and tokens" },
  { name: "syntaxTrees", without: "blocks end by indentation alone" },
  { name: "healing", without: "what is written begins with a new token, even where the caret is within a word" },
  { name: "drafts", without: "the model writes one token at a time; the text is the same" },
  { name: "mixing", without: "the model alone says what comes next, not what came next in the repository's files" },
  { name: "context", without: "prompts hold the document alone, nothing of the repository" },
  { name: "maxLines", without: "only the budget of tokens limits the number of lines" },
];

/** Every feature, in the order in which the help lists them. */
export const engineFeatures: readonly EngineFeature[] = [
  ...stages,
  ...contextSources.map(({ name }) => ({ name, without: `the source of context "${name}" finds nothing` })),
  ...filters.map(({ name }) => ({
    name,
    without: `the filter "${name}" does nothing, nor does the stop of that name`,
  })),
];
