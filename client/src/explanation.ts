// Says in Markdown what a suggestion was made of. Plain text in, plain text out, so that it can be tested without an editor.
import type { Explanation } from "../../server/src/protocol.js";

/** What the sources are called for people; a source without a name here is called by its own. */
const sourceTitles: Readonly<Record<string, string>> = {
  definitions: "definition of a name near the caret",
  languageServices: "found by the editor's language services",
  callGraph: "callers and callees",
  classMembers: "members of the class and its bases",
  bm25: "text search",
  similarCode: "similar code",
  similarUses: "used by similar code",
  recentEdits: "edited lately",
  recentViews: "viewed lately",
  developerApis: "used often",
  coChangedFiles: "changes together",
  branchWords: "what the branch is about",
};

/** The explanation of the last suggestion; null when there was none. */
export function explainSuggestion(explanation: Explanation | null): string {
  if (explanation === null) {
    return "# Why this suggestion?\n\nNothing has been suggested yet. Type, and ask again.\n";
  }
  const { uri, position, text, source, model, promptTokens, reusedTokens, timings, snippets } = explanation;
  const times = Object.entries(timings).map(([stage, milliseconds]) => `${stage} ${milliseconds.toFixed(1)} ms`);
  return [
    "# Why this suggestion?",
    "",
    `At line ${position.line + 1}, column ${position.character + 1} of ${code(uri)}.`,
    "",
    text === "" ? "Nothing was suggested there." : fence(text),
    "",
    `- Written by: ${origin(source)}, ${code(model)}`,
    `- Prompt: ${promptTokens} tokens, ${reusedTokens} of them known from the request before`,
    `- Time: ${times.join(", ")}`,
    "",
    "## What of the repository stood in the prompt",
    "",
    ...(snippets.length === 0
      ? ["Nothing: the document alone."]
      : [...snippets].reverse().flatMap((snippet, place) => {
          const found = snippet.sources.map(({ name, rank }) => `${sourceTitles[name] ?? name} (rank ${rank})`);
          const score = snippet.score === undefined ? "" : `, score ${snippet.score.toFixed(3)}`;
          return [
            `### ${place + 1}. ${code(snippet.path)}`,
            "",
            `${found.join(", ") || "given"}${score}`,
            "",
            fence(snippet.text),
            "",
          ];
        })),
    "",
  ].join("\n");
}

function origin(source: string): string {
  switch (source) {
    case "known":
      return "known from an earlier request";
    case "typedThrough":
      return "the rest of an earlier suggestion";
    default:
      return "the model";
  }
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

/** A code block that the code cannot end: its fence is longer than any run of backticks in it. */
function fence(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}\n${text}\n${ticks}`;
}
