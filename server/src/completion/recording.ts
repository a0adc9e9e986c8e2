// A prompt with all that it is a function of, as one line of JSON: what the editor records, `horizon eval parity` builds
// again and compares.
import { createHash } from "node:crypto";
import { z } from "zod";
import type { PromptEvent } from "./engine.js";

const snippetSchema = z.object({ path: z.string(), text: z.string() });

/** One line of a recording. */
export const recordingSchema = z.object({
  format: z.literal("horizon-recording-1"),
  document: z.object({ repository: z.string(), path: z.string(), languageId: z.string(), text: z.string() }),
  /** The caret, a UTF-16 offset. */
  offset: z.number(),
  /** Limits of the suggestion. */
  settings: z.object({ maxLines: z.number(), singleLineTokens: z.number(), multiLineTokens: z.number() }),
  model: z.object({ id: z.string(), sha256: z.string() }),
  /** What of earlier requests the prompt depends on. */
  state: z.object({
    snippets: z.array(snippetSchema),
    frozenSuffix: z.string().optional(),
    heals: z.boolean().optional(),
    unfinished: z.object({ prefix: z.string(), suffix: z.string(), text: z.string() }).optional(),
  }),
  /** Names of time limits that had struck before the prompt was built. */
  timeOuts: z.array(z.string()),
  promptSha256: z.string(),
  tokenIds: z.array(z.number()),
});

export type PromptRecording = z.infer<typeof recordingSchema>;

/** What is recorded of a prompt. */
export function toRecording(
  event: PromptEvent,
  model: { readonly id: string; readonly sha256: string },
): PromptRecording {
  const { request, settings, state, prompt, timeOuts } = event;
  const { repository, path, languageId, text } = request.document;
  return {
    format: "horizon-recording-1",
    document: { repository, path, languageId, text },
    offset: request.offset,
    settings: { ...settings },
    model: { id: model.id, sha256: model.sha256 },
    state: {
      snippets: state.snippets.map((snippet) => ({ path: snippet.path, text: snippet.text })),
      ...(state.frozenSuffix === undefined ? {} : { frozenSuffix: state.frozenSuffix }),
      ...(state.heals === true ? { heals: true } : {}),
      ...(state.unfinished === undefined ? {} : { unfinished: { ...state.unfinished } }),
    },
    timeOuts: [...timeOuts],
    promptSha256: hashTokenIds(prompt.tokenIds),
    tokenIds: [...prompt.tokenIds],
  };
}

/** Names a prompt, whatever its length: SHA-256 of its token ids as decimal numbers with commas, lower-case hex. */
export function hashTokenIds(tokenIds: readonly number[]): string {
  return createHash("sha256").update(tokenIds.join(",")).digest("hex");
}
