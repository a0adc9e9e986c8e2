// Builds recorded prompts again from what was recorded with them: the editor's prompts must come out, token by token.

import { createPromptParts } from "../completion/promptState.js";
import { type PromptRecording, recordingSchema } from "../completion/recording.js";
import { findSite } from "../completion/trigger.js";
import type { LanguageModel, Prompt } from "../inference/generation.js";
import type { Languages } from "../syntax/languages.js";
import { InputError } from "../workspace/inputError.js";
import { parseJson } from "../workspace/parseJson.js";
import { readLines } from "./lines.js";

/** A recorded prompt and where it stands. */
export interface RecordedPrompt {
  /** `FILE:LINE`. */
  readonly place: string;
  readonly recording: PromptRecording;
}

/**
 * The prompts of a recording, one at a time.
 *
 * @throws {InputError} for a line that is none; the message says where
 */
export async function* readRecordings(file: string): AsyncGenerator<RecordedPrompt> {
  for await (const { number, text } of readLines(file, "text")) {
    const place = `${file}:${number}`;
    const recording = parseJson(text, recordingSchema, {
      notJson: () => `${place}: this line is no JSON; was the recording cut off?`,
      notAsExpected: (problems) => `${place}: this line is no recorded prompt: ${problems}`,
    });
    yield { place, recording };
  }
}

/**
 * Builds the prompt of a recording by the engine's own functions.
 *
 * @throws {InputError} when the recording is another model's, or there was no prompt to build
 */
export function rebuildPrompt(
  { place, recording }: RecordedPrompt,
  model: Pick<LanguageModel, "id" | "sha256" | "promptTokens" | "buildPrompt">,
  languages: Languages,
): Prompt {
  if (recording.model.sha256 !== model.sha256) {
    throw new InputError(
      `${place}: recorded with the model ${recording.model.id} (${recording.model.sha256.slice(0, 12)}), but this is ` +
        `${model.id} (${model.sha256.slice(0, 12)}). Name the other one with --model.`,
    );
  }
  const document = { ...recording.document, uri: "recording:", version: 1 };
  const request = { document, offset: recording.offset };
  const found = findSite(request, languages.get(document.languageId), model.promptTokens);
  if ("noAnswer" in found) {
    throw new InputError(`${place}: ${found.noAnswer.message}`);
  }
  const { frozenSuffix, heals, unfinished, snippets } = recording.state;
  const state = {
    snippets,
    ...(frozenSuffix === undefined ? {} : { frozenSuffix }),
    ...(heals === undefined ? {} : { heals }),
    ...(unfinished === undefined ? {} : { unfinished }),
  };
  return model.buildPrompt(createPromptParts(document, found.site.context, state));
}

/** Are two prompts the same, token by token? */
export function isSamePrompt({ tokenIds }: PromptRecording, prompt: Prompt): boolean {
  return tokenIds.length === prompt.tokenIds.length && tokenIds.every((id, index) => id === prompt.tokenIds[index]);
}
