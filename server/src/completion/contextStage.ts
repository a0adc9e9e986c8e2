// The stage of a completion that asks for what of the repository belongs in the prompt, and does not wait for long.
import type { LanguageModel, Prompt, Snippet } from "../inference/generation.js";
import { waitFor } from "../waitFor.js";
import type { CompletionRequest, OffsetRange } from "./completion.js";
import { HeldSnippets } from "./heldSnippets.js";
import { createPromptParts } from "./promptState.js";
import type { CompletionSettings } from "./settings.js";
import type { SnippetProvider, SnippetRequest } from "./snippetProvider.js";
import type { Site } from "./trigger.js";

/** Room that a short document leaves to snippets is given in steps of so many tokens, so that it does not change with every key. */
const budgetStep = 64;

/** Costs that are remembered: the snippets of a few dozen requests. */
const rememberedCosts = 512;

/** Resolves after some milliseconds, or when the signal aborts. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export interface ContextStageOptions {
  readonly provider: SnippetProvider;
  readonly model: Pick<LanguageModel, "buildPrompt" | "promptTokens">;
  readonly wait?: Wait | undefined;
  readonly onTimeOut: () => void;
  /** Whether snippets hold while one types on in a line; they do where not given. */
  readonly holds?: () => boolean;
}

/**
 * Asks for snippets, where one types once for each line. Keeps those of the last request, which hold when there are no new
 * ones in time.
 */
export class ContextStage {
  readonly #options: ContextStageOptions;
  readonly #wait: Wait;
  readonly #costs = new Map<string, number>();
  readonly #held = new HeldSnippets();
  #last: { readonly uri: string; readonly snippets: readonly Snippet[] } = { uri: "", snippets: [] };

  constructor(options: ContextStageOptions) {
    this.#options = options;
    this.#wait = options.wait ?? waitFor;
  }

  /**
   * The snippets for a caret, in the prompt's order.
   *
   * @param snippetShare of the prompt's tokens that snippets may take, in [0, 1)
   * @param contextLimit milliseconds; infinite where the answer must not depend on the machine
   */
  async snippets(
    request: CompletionRequest,
    site: Site,
    { snippetShare, contextLimit }: Pick<CompletionSettings, "snippetShare" | "contextLimit">,
    signal: AbortSignal,
  ): Promise<readonly Snippet[]> {
    const { provider, onTimeOut, holds = () => true } = this.#options;
    const { uri, path, text } = request.document;
    const lineStart = request.offset === 0 ? 0 : text.lastIndexOf("\n", request.offset - 1) + 1;
    const place = { uri, lineStart, version: provider.version?.(request.document) ?? "" };
    // Whoever asks for a suggestion waits for the best one.
    const held =
      holds() && request.cause !== undefined && request.cause !== "command" ? this.#held.find(place) : undefined;
    if (held !== undefined) {
      this.#last = { uri, snippets: held };
      return held;
    }
    const stop = new AbortController();
    const asked = provider.snippets(
      this.#describe(request, site, snippetShare),
      AbortSignal.any([signal, stop.signal]),
    );
    const waited = this.#wait(contextLimit, AbortSignal.any([signal, stop.signal])).then(() => undefined);
    const snippets = await Promise.race([asked, waited]).finally(() => stop.abort());
    if (snippets !== undefined) {
      this.#last = { uri, snippets };
      this.#held.keep(place, snippets);
      return snippets;
    }
    if (!signal.aborted) {
      onTimeOut();
    }
    // Parts of this very document may be in the window by now.
    return this.#last.uri === uri ? this.#last.snippets.filter((snippet) => snippet.path !== path) : [];
  }

  #describe(request: CompletionRequest, site: Site, share: number): SnippetRequest {
    const { model } = this.#options;
    const { context } = site;
    // Without snippets prefix and suffix are as long as they can be: what is outside of these is outside of any prompt.
    const bare = model.buildPrompt(createPromptParts(request.document, context, { snippets: [] }));
    const isWhole = bare.prefixLength === context.prefix.length && bare.suffixLength === context.suffix.length;
    const left = isWhole ? model.promptTokens - bare.tokenIds.length : 0;
    return {
      document: request.document,
      offset: site.offset,
      window: windowOf(request.document.text, site.offset, bare),
      budget: Math.max(Math.floor(model.promptTokens * share), Math.floor(left / budgetStep) * budgetStep),
      cost: (snippet) => this.cost(snippet),
    };
  }

  /** Tokens that a snippet takes by the model's own template: its mark and the path count too. Infinite where it does not fit. */
  cost(snippet: Snippet): number {
    const key = `${snippet.path}\n${snippet.text}`;
    const known = this.#costs.get(key);
    if (known !== undefined) {
      return known;
    }
    const { model } = this.#options;
    const parts = { repository: "", path: "", prefix: "", suffix: "" };
    const filled = model.buildPrompt({ ...parts, snippets: [snippet] });
    const empty = model.buildPrompt({ ...parts, snippets: [] });
    const cost =
      filled.snippets.length === 0 ? Number.POSITIVE_INFINITY : filled.tokenIds.length - empty.tokenIds.length;
    if (this.#costs.size === rememberedCosts) {
      this.#costs.clear();
    }
    this.#costs.set(key, cost);
    return cost;
  }
}

/** The part of a document that a prompt holds: its lengths count CR and LF as one character. */
export function windowOf(
  text: string,
  offset: number,
  { prefixLength, suffixLength }: Pick<Prompt, "prefixLength" | "suffixLength">,
): OffsetRange {
  let start = offset;
  for (let left = prefixLength; left > 0 && start > 0; left--) {
    start -= text[start - 1] === "\n" && text[start - 2] === "\r" ? 2 : 1;
  }
  let end = offset;
  for (let left = suffixLength; left > 0 && end < text.length; left--) {
    end += text[end] === "\r" && text[end + 1] === "\n" ? 2 : 1;
  }
  return { start, end };
}
