// Tells the client how a suggestion was made, for its telemetry.
import type { CompletionResult } from "../completion/completion.js";
import type { SuggestionReport } from "../protocol.js";

/** Where the suggestion was wanted. */
export type ReportedPlace = Pick<SuggestionReport, "uri" | "version" | "position">;

/**
 * What a result says of itself.
 *
 * @param isOwnModel false where the settings name another model: what that is called is the user's business
 */
export function reportSuggestion(
  { completions, source, model, prompt, timings }: CompletionResult,
  place: ReportedPlace,
  isOwnModel: boolean,
): SuggestionReport {
  const [completion] = completions;
  const contextSources: Record<string, number> = {};
  for (const { sources = [] } of prompt.snippets) {
    const [best] = sources.toSorted((one, other) => one.rank - other.rank);
    if (best !== undefined) {
      contextSources[best.name] = (contextSources[best.name] ?? 0) + 1;
    }
  }
  return {
    ...place,
    model: isOwnModel ? model.id : "custom",
    source,
    latency: { ...timings },
    prompt: { tokens: prompt.tokens, reusedTokens: prompt.reusedTokens },
    contextSources,
    ...(completion === undefined
      ? {}
      : {
          tokens: completion.tokens,
          confidence: {
            logProbability: completion.logProbability,
            horizonShare: completion.horizon?.fraction,
            horizonTokens: completion.horizon?.remainingTokens,
          },
        }),
  };
}
