// CrossCodeEval (Ding et al., arXiv 2310.11248; Apache-2.0): the rest of a line that needs another file of the
// repository. The file is LANGUAGE/line_completion*.jsonl.
import { z } from "zod";
import { defineDataset, HoleError } from "./dataset.js";

const languageIds: Readonly<Record<string, string>> = {
  py: "python",
  java: "java",
  ts: "typescript",
  tsx: "typescriptreact",
  cs: "csharp",
};

export const crossCodeEval = defineDataset({
  name: "crosscodeeval",
  description: "CrossCodeEval, the rest of a line that uses another file (Python, Java, TypeScript, C#)",
  shape: {
    prompt: z.string(),
    groundtruth: z.string(),
    right_context: z.string(),
    metadata: z.object({
      task_id: z.string().min(1),
      repository: z.string(),
      file: z.string().min(1),
    }),
  },
  toHole: ({ prompt, groundtruth, right_context, metadata: { task_id, repository, file } }) => {
    const path = file.replaceAll("\\", "/");
    const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
    const languageId = languageIds[extension];
    if (languageId === undefined) {
      throw new HoleError(`the field "metadata.file" is "${file}", but must end in .py, .java, .ts, .tsx or .cs`);
    }
    return {
      id: task_id,
      cluster: `${repository}/${path}`,
      path,
      repository,
      languageId,
      prefix: prompt,
      middle: groundtruth,
      suffix: right_context,
      kind: "restOfLine",
      comparesStripped: true,
    };
  },
});
