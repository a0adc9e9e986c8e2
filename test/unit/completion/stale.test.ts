// No suggestion is ever stale: whatever was edited, undone, looked at or asked before, what is shown is what the model
// would write at this caret, in this document, with these settings and this repository.
import { describe, expect, test } from "vitest";
import type {
  CompletionRequest,
  CompletionResult,
  DocumentSnapshot,
} from "../../../server/src/completion/completion.js";
import { CompletionEngine } from "../../../server/src/completion/engine.js";
import { scopeOf } from "../../../server/src/completion/reuse.js";
import { defaultCompletionSettings } from "../../../server/src/completion/settings.js";
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  LanguageModel,
  Prompt,
  PromptParts,
} from "../../../server/src/inference/generation.js";
import { seededRandom } from "../../support/seededRandom.js";

/** Characters that no filter touches but by cutting the text off. */
const letters = "abcdefghijklmnop.";

/** What comes behind a text: a function of all that the prompt holds, the same however the text has come to be. */
function characterAfter(
  text: string,
  { suffix, snippets, path }: Pick<PromptParts, "suffix" | "snippets" | "path">,
): string {
  let hash = 2166136261;
  for (const character of `${text}\0${suffix}\0${path}\0${snippets.map((snippet) => snippet.text).join("\0")}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0;
  const choice = (hash >>> 8) % 24;
  if (choice === 0) {
    return "";
  }
  return choice < 3 && text !== "" && !text.endsWith("\n") ? "\n" : (letters[choice % letters.length] as string);
}

/** A model that is its own truth. */
class LawfulModel implements LanguageModel {
  readonly id = "lawful";
  readonly sha256 = "1".repeat(64);
  readonly promptTokens = 4096;
  readonly #parts = new WeakMap<Prompt, PromptParts>();
  begun = 0;

  buildPrompt(parts: PromptParts): Prompt {
    const { snippets, prefix, suffix } = parts;
    const prompt = { tokenIds: [1], snippets, prefixLength: prefix.length, suffixLength: suffix.length };
    this.#parts.set(prompt, parts);
    return prompt;
  }

  async *generate(
    prompt: Prompt,
    { maxTokens, signal, onPrefill }: GenerateOptions,
  ): AsyncGenerator<DecodedToken, GenerationEnd> {
    this.begun++;
    const parts = this.#parts.get(prompt) as PromptParts;
    onPrefill?.({ tokens: 1, reusedTokens: 0 });
    let text = parts.prefix;
    for (let token = 0; token < maxTokens; token++) {
      await Promise.resolve();
      if (signal.aborted) {
        return "cancelled";
      }
      const character = characterAfter(text, parts);
      if (character === "") {
        return "endOfMiddle";
      }
      text += character;
      yield { id: 1, text: character, logProbability: -0.1, horizon: undefined };
    }
    return "budget";
  }

  async dispose(): Promise<void> {}
}

/** What the model would write at a caret, without end. */
function truthAt({ text, path }: DocumentSnapshot, offset: number, version: number, length: number): string {
  const parts = { suffix: text.slice(offset), path, snippets: [{ path: "other.py", text: `v${version}` }] };
  let written = "";
  while (written.length < length) {
    const character = characterAfter(text.slice(0, offset) + written, parts);
    if (character === "") {
      break;
    }
    written += character;
  }
  return written;
}

const editsPerSeed = 400;

/** Edits at random, with a bias for what users do: type on, mostly what is suggested. */
async function live(seed: number) {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const model = new LawfulModel();
  let version = 0;
  let settings = defaultCompletionSettings;
  const provider = {
    snippets: async () => [{ path: "other.py", text: `v${version}` }],
    version: () => String(version),
  };
  const engine = new CompletionEngine({
    model,
    settings,
    clock: { now: () => 0 },
    context: provider,
    contextLimit: Number.POSITIVE_INFINITY,
    // What a frozen suffix leaves out of sight is a choice of its own.
    disabled: new Set(["frozenSuffix"]),
  });
  const texts = ["one\ntwo\nthree\n", "one\ntwo\nthree\n"];
  const carets = [4, 4];
  let current = 0;
  let suggestion = "";
  const sources = new Map<string, number>();
  let stale = 0;
  let shownTexts = 0;
  let takenBack = 0;
  let earlier: { readonly controller: AbortController; readonly ended: Promise<unknown> } | undefined;

  const document = (): DocumentSnapshot => {
    const path = `${current}.py`;
    return {
      uri: `file:///${path}`,
      path,
      repository: "r",
      languageId: "python",
      version: 1,
      text: texts[current] as string,
    };
  };
  const put = (start: number, end: number, text: string): void => {
    texts[current] = (texts[current] as string).slice(0, start) + text + (texts[current] as string).slice(end);
  };
  const check = (request: CompletionRequest, shown: string, before: string): void => {
    shownTexts++;
    stale += truthAt(request.document, request.offset, version, shown.length) === shown ? 0 : 1;
    takenBack += shown.startsWith(before) ? 0 : 1;
  };
  const ask = async (): Promise<void> => {
    const controller = new AbortController();
    const patience = random() < 0.3 ? below(12) : Number.POSITIVE_INFINITY;
    const request: CompletionRequest = { document: document(), offset: carets[current] as number };
    const updates = engine.complete(request, controller.signal);
    let shown = "";
    const pull = async (most: number): Promise<CompletionResult | undefined> => {
      for (let count = 0; count < most; count++) {
        const next = await updates.next();
        if (next.done === true) {
          check(request, next.value.completions[0]?.text ?? "", shown);
          return next.value;
        }
        check(request, next.value.completion.text, shown);
        shown = next.value.completion.text;
      }
      return undefined;
    };
    const answer = pull(patience);
    // As the editor: the request before is given up when this one has begun.
    earlier?.controller.abort();
    await earlier?.ended;
    earlier = undefined;
    if (random() < 0.4) {
      // The user types on before there is an answer, half of the time what it is going to be.
      for (let tick = below(60); tick > 0; tick--) {
        await Promise.resolve();
      }
      earlier = { controller, ended: answer.then(note) };
      suggestion = random() < 0.5 ? truthAt(request.document, request.offset, version, 3) : "";
      return;
    }
    const result = await answer;
    note(result);
    controller.abort();
    await updates.return(undefined as never);
    suggestion = result?.completions[0]?.text ?? shown;
  };
  const note = (result: CompletionResult | undefined): void => {
    const source = result?.source ?? "none";
    sources.set(source, (sources.get(source) ?? 0) + 1);
  };

  for (let edit = 0; edit < editsPerSeed; edit++) {
    const caret = carets[current] as number;
    const text = texts[current] as string;
    const chance = random();
    if (chance < 0.45 && suggestion !== "") {
      const typed = suggestion.slice(0, 1 + below(random() < 0.8 ? 2 : suggestion.length));
      put(caret, caret, typed);
      carets[current] = caret + typed.length;
    } else if (chance < 0.6) {
      put(caret, caret, letters[below(letters.length)] as string);
      carets[current] = caret + 1;
    } else if (chance < 0.72 && caret > 0) {
      put(caret - 1, caret, "");
      carets[current] = caret - 1;
    } else if (chance < 0.77 && caret < text.length) {
      put(caret, caret + 1, "");
    } else if (chance < 0.82) {
      put(0, 0, letters[below(letters.length)] as string);
      carets[current] = caret + 1;
    } else if (chance < 0.86) {
      carets[current] = below(text.length + 1);
    } else if (chance < 0.9) {
      // A text that is still being written has been asked for before: it ends under what it began with.
      earlier?.controller.abort();
      await earlier?.ended;
      version = below(3);
    } else if (chance < 0.94) {
      settings = { ...defaultCompletionSettings, maxLines: 1 + below(3) };
      engine.configure(settings);
    } else {
      current = 1 - current;
    }
    if (random() < 0.9) {
      await ask();
    } else {
      suggestion = "";
    }
    if (texts.some((one) => one.length > 3000)) {
      break;
    }
  }
  earlier?.controller.abort();
  await earlier?.ended;
  return { stale, takenBack, shownTexts, sources, begun: model.begun };
}

describe("random editing", () => {
  test.each(Array.from({ length: 12 }, (_, seed) => seed))(
    "shows nothing stale and takes nothing back (seed %i)",
    async (seed) => {
      const { stale, takenBack, shownTexts, sources, begun } = await live(seed);
      expect({ stale, takenBack }).toEqual({ stale: 0, takenBack: 0 });
      // It is no proof if nothing was reused.
      expect(sources.get("typedThrough")).toBeGreaterThan(20);
      expect(sources.get("known")).toBeGreaterThan(2);
      expect(begun).toBeLessThan(shownTexts);
    },
  );

  test("joins texts that are being written", async () => {
    const runs = await Promise.all([20, 21, 22, 23].map(live));
    const joined = runs.reduce((sum, { sources }) => sum + (sources.get("inFlight") ?? 0), 0);
    expect(joined).toBeGreaterThan(20);
  });
});

describe("the key of an answer", () => {
  const parts = {
    document: { uri: "file:///a.py", path: "a.py", repository: "r", languageId: "python" },
    model: "1",
    settings: defaultCompletionSettings,
    context: "7",
  };

  test.each([
    ["another document", { document: { ...parts.document, uri: "file:///b.py" } }],
    ["another path", { document: { ...parts.document, path: "b.py" } }],
    ["another language", { document: { ...parts.document, languageId: "go" } }],
    ["another model", { model: "2" }],
    ["other settings", { settings: { ...defaultCompletionSettings, snippetShare: 0.1 } }],
    ["another repository around it", { context: "8" }],
  ])("is another one for %s", (_, change) => {
    expect(scopeOf({ ...parts, ...change })).not.toBe(scopeOf(parts));
    expect(scopeOf({ ...parts })).toBe(scopeOf(parts));
  });
});
