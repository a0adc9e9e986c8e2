// HumanEval-Infilling (Bavarian et al., arXiv 2207.14255; MIT): lines and spans cut out of the solutions of HumanEval.
import { z } from "zod";
import { type Dataset, defineDataset } from "./dataset.js";
import { endAtLineEnd } from "./seams.js";

/** The four parts that the authors publish, each a .jsonl.gz. */
const parts = [
  { name: "single-line", prefix: "SingleLineInfilling/", kind: "line", description: "one line of a solution" },
  { name: "multi-line", prefix: "MultiLineInfilling/", kind: "lines", description: "several lines of a solution" },
  {
    name: "random-span",
    prefix: "RandomSpanInfilling/",
    kind: "span",
    description: "a random span of a solution, without the 14 of 1,640 that are empty",
  },
  {
    name: "random-span-light",
    prefix: "RandomSpanInfillingLight/",
    kind: "span",
    description: "a random span of a solution, one for each task",
  },
] as const;

/** The datasets `humaneval-infilling:…`. */
export const humanEvalInfilling: readonly Dataset[] = parts.map(({ name, prefix, kind, description }) =>
  defineDataset({
    name: `humaneval-infilling:${name}`,
    description: `HumanEval-Infilling, ${description} (Python)`,
    leavesOutEmpty: name === "random-span",
    shape: {
      task_id: z.string().startsWith(prefix, `must begin with "${prefix}"`),
      entry_point: z.string().min(1),
      prompt: z.string(),
      suffix: z.string(),
      canonical_solution: z.string(),
      test: z.string(),
    },
    toHole: ({ task_id, entry_point, prompt, suffix, canonical_solution, test }) => {
      const task = task_id.split("/").slice(1, 3).join("/"); // HumanEval/0
      return {
        id: task_id,
        cluster: task,
        path: `${task.replace("HumanEval/", "human_eval_")}.py`,
        repository: "human-eval",
        languageId: "python",
        prefix: prompt,
        ...endAtLineEnd(canonical_solution, suffix),
        kind,
        test: { languageId: "python", before: "", after: `\n${test}\ncheck(${entry_point})\n` },
      };
    },
  }),
);
