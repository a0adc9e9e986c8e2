// SAFIM (Gong et al., arXiv 2403.04814; CC BY 4.0): blocks, control-flow expressions and API calls. The file is one of
// block_completion, control_completion and api_completion, .jsonl.gz.
import { z } from "zod";
import { defineDataset, HoleError } from "./dataset.js";

const languageIds = { python: "python", java: "java", cpp: "cpp", csharp: "csharp" } as const;
const extensions = { python: "py", java: "java", cpp: "cpp", csharp: "cs" } as const;

/** Stands for the hole in `eval_prompt`; `prompt` has a comment in its place and a description before it. */
const mark = "{{completion}}";

export const safim = defineDataset({
  name: "safim",
  description: "SAFIM, blocks, control-flow expressions and API calls (Python, Java, C++, C#)",
  shape: {
    task_id: z.string().min(1),
    lang: z.enum(["python", "java", "cpp", "csharp"]),
    prompt: z.string(),
    eval_prompt: z.string(),
    ground_truth: z.string(),
    /** API calls have none. */
    unit_tests: z.array(z.unknown()).optional(),
  },
  toHole: ({ task_id, lang, eval_prompt, ground_truth, unit_tests }) => {
    const [prefix, suffix, ...more] = eval_prompt.split(mark);
    if (prefix === undefined || suffix === undefined || more.length > 0) {
      throw new HoleError(`the field "eval_prompt" must have ${mark} in it once`);
    }
    // The ids of api_completion begin with "block", too.
    const kind = unit_tests === undefined ? "api" : (task_id.split("_")[0] ?? "block");
    return {
      id: task_id,
      cluster: task_id,
      path: `${task_id}.${extensions[lang]}`,
      repository: "safim",
      languageId: languageIds[lang],
      prefix,
      middle: ground_truth,
      suffix,
      kind,
      comparesStripped: true,
    };
  },
});
