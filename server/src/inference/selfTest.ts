// What a model must be able to do before anybody asks it: special tokens, round trips, the session's shape, one known
// completion.
import { findProblem } from "./backends/onnx/graph.js";
import type { LoadedModel } from "./backends/onnx/hostProtocol.js";
import { ModelError } from "./errors.js";
import type { LanguageModel } from "./generation.js";
import { type Manifest, specialTokensOf } from "./manifest.js";
import type { Tokenizer } from "./tokenizer.js";

/** Text that has gone wrong in somebody's tokenizer: it must come back as it was. */
export const trickyTexts: readonly string[] = [
  "",
  " ",
  "\n",
  "\r\n\tif (a) {\r\n\t}\r\n",
  "def f(x):\n    return  x  \n\n\n",
  " leading and trailing  ",
  "don't won't I'm we've , . ! ?",
  "naïve Grüße Ωμέγα Привет 世界 שלום مرحبا",
  "👩‍👩‍👧‍👦 🇨🇭 e\u0301 \u{1F600}",
  "\uFEFF\u0000\u0001\u007F\u0085\u00A0\u200B\u2028\u2029\uFFFD",
  "0123456789 3.14e-10 0xFFFF 1_000_000",
  "<fim_prefix><|endoftext|> [SUFFIX] <s> </s> <pad>",
  "=====-----#####////   \t\t  \\\\\\",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

const advice = "Install the model again, or take another one.";

function fail(problem: string): never {
  throw new ModelError("selfTest", `The model's self-test failed: ${problem}. ${advice}`);
}

/** @throws ModelError unless each special token has an id of its own, which no text encodes to. */
export function checkSpecialTokens(manifest: Manifest, tokenizer: Tokenizer): void {
  const { vocabularySize } = manifest.architecture;
  if (tokenizer.vocabularySize > vocabularySize) {
    fail(`tokenizer.json has ${tokenizer.vocabularySize} tokens, but architecture.vocabularySize is ${vocabularySize}`);
  }
  for (const token of specialTokensOf(manifest)) {
    const id = tokenizer.specialId(token);
    if (id === undefined) fail(`the special token "${token}" is not a single added token of tokenizer.json`);
    const spelled = tokenizer.encode(token);
    if (spelled.some((spelledId) => tokenizer.specialIds.has(spelledId))) {
      fail(`text that spells the special token "${token}" encodes to a special token`);
    }
  }
}

/** @throws ModelError unless text survives encoding and decoding. */
export function checkRoundTrip(tokenizer: Tokenizer): void {
  for (const text of trickyTexts) {
    const ids = tokenizer.encode(text);
    const special = ids.find((id) => tokenizer.specialIds.has(id));
    if (special !== undefined) fail(`the text ${JSON.stringify(text)} encodes to the special token ${special}`);
    const decoded = tokenizer.decode(ids);
    if (decoded !== text) fail(`the text ${JSON.stringify(text)} comes back as ${JSON.stringify(decoded)}`);
    const streamed = tokenizer.createDetokenizer();
    const pieces = ids.map((id) => streamed.push(id)).join("");
    if (pieces !== text)
      fail(`the text ${JSON.stringify(text)}, decoded token by token, comes back as ${JSON.stringify(pieces)}`);
  }
}

/** @throws ModelError unless the session's inputs and outputs are those of the architecture in the manifest. */
export function checkSession(manifest: Manifest, loaded: LoadedModel): void {
  const problem = findProblem(manifest.architecture, loaded);
  if (problem !== undefined) {
    throw new ModelError(
      "load",
      `${manifest.files.weights.path} is not the graph that the manifest's architecture describes: ${problem}. ${advice}`,
    );
  }
}

/** @throws ModelError unless the model writes what its manifest says it writes in the manifest's hole. */
export async function checkKnownCompletion(
  manifest: Manifest,
  model: LanguageModel,
  signal?: AbortSignal,
): Promise<void> {
  const { middle, ...parts } = manifest.selfTest;
  const prompt = model.buildPrompt({ ...parts, snippets: [] });
  const stop = new AbortController();
  const anySignal = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const generation = model.generate(prompt, { maxTokens: manifest.limits.middleTokens, signal: anySignal });
  let text = "";
  for await (const token of generation) {
    text += token.text;
    if (text.length >= middle.length) break;
  }
  if (signal?.aborted) return;
  if (!text.startsWith(middle)) {
    fail(`in the known hole it writes ${JSON.stringify(text)} instead of ${JSON.stringify(middle)}`);
  }
}
