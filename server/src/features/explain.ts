// "Why this suggestion?": tells the client what the last suggestion was made of.
import type { Connection, ServerCapabilities } from "vscode-languageserver/node";
import type { CompletionResult } from "../completion/completion.js";
import { type ExplainedSnippet, ExplainRequest, type Explanation, type ProtocolPosition } from "../protocol.js";
import type { Feature } from "./feature.js";

/** Answers for the suggestions that were written last. */
export class Explain implements Feature {
  readonly #suggestions: { readonly explanation: Explanation | undefined };

  constructor(suggestions: { readonly explanation: Explanation | undefined }) {
    this.#suggestions = suggestions;
  }

  initialize(): ServerCapabilities {
    return {};
  }

  register(connection: Connection): void {
    connection.onRequest(ExplainRequest.type, () => this.#suggestions.explanation ?? null);
  }

  async dispose(): Promise<void> {}
}

/** What a result says of itself. */
export function explain(
  { completions, source, model, prompt, timings }: CompletionResult,
  { uri, position }: { readonly uri: string; readonly position: ProtocolPosition },
): Explanation {
  return {
    uri,
    position,
    text: completions[0]?.text ?? "",
    source: source ?? "model",
    model: model.id,
    promptTokens: prompt.tokens,
    reusedTokens: prompt.reusedTokens,
    timings: { ...timings },
    snippets: prompt.snippets.map(({ path, text, score, sources }): ExplainedSnippet => {
      return { path, text, sources: sources ?? [], ...(score === undefined ? {} : { score }) };
    }),
  };
}
