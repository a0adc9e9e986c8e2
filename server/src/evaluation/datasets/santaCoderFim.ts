// SantaCoder-FIM (Ben Allal et al., arXiv 2301.03988): one line of MultiPL-E's HumanEval solutions, in Python, Java and
// JavaScript.
import { z } from "zod";
import { defineDataset } from "./dataset.js";
import { endAtLineEnd } from "./seams.js";

const languages = {
  py: { languageId: "python", extension: "py" },
  java: { languageId: "java", extension: "java" },
  js: { languageId: "javascript", extension: "js" },
} as const;

export const santaCoderFim = defineDataset({
  name: "santacoder-fim",
  description: "SantaCoder-FIM, one line of a solution (Python, Java, JavaScript)",
  shape: {
    name: z.string().min(1),
    language: z.enum(["py", "java", "js"]),
    prompt: z.string(),
    suffix: z.string(),
    canonical_solution: z.string(),
    tests: z.string(),
  },
  toHole: ({ name, language, prompt, suffix, canonical_solution, tests }, { occurrence }) => {
    const { languageId, extension } = languages[language];
    const before = restoreSeam(prompt, canonical_solution);
    // A task stands there once for each of its lines.
    const index = occurrence(`${language}/${name}`);
    return {
      id: `${language}/${name}/${index}`,
      cluster: `${language}/${name}`,
      path: `${name.toLowerCase()}.${extension}`,
      repository: "santacoder-fim",
      languageId,
      prefix: before,
      ...endAtLineEnd(canonical_solution.replace(/^\r?\n/, ""), restoreEnd(canonical_solution, suffix)),
      kind: "line",
      comparesStripped: true,
      test: { languageId, before: "", after: `\n${tests}` },
    };
  },
});

/**
 * The text before the hole with the line break that the authors' files lack: the hole is a whole line, but most prompts
 * end right behind the line before it.
 */
export function restoreSeam(prompt: string, solution: string): string {
  const ownLine = prompt.slice(prompt.lastIndexOf("\n") + 1);
  return prompt === "" || (ownLine.trim() === "" && !/^\r?\n/.test(solution)) ? prompt : `${prompt}\n`;
}

/** The text after the hole, with the line break that ends the hole's line where the authors' files lack it. */
function restoreEnd(solution: string, suffix: string): string {
  return suffix === "" || /\n\s*$/.test(solution) || /^[ \t]*\r?\n/.test(suffix) ? suffix : `\n${suffix}`;
}
