// Builds a prompt: the model's template filled with what of prefix, suffix and snippets fits into the budget. Pure.

import { ModelError } from "./errors.js";
import type { Prompt, PromptParts, Snippet } from "./generation.js";
import type { Manifest } from "./manifest.js";
import { specialTokensOf } from "./manifest.js";
import { type Placeholder, parseTemplate, type TemplatePart, templateFields } from "./promptTemplate.js";
import type { Tokenizer } from "./tokenizer.js";

/** Text of this many characters per token of the budget is looked at, no more: even long identifiers have fewer. */
const maximumCharactersPerToken = 8;

/** What a token of source text usually stands for; turns steps in tokens into steps in characters. */
const typicalCharactersPerToken = 3;

/**
 * A prefix that is too long is cut at one of a few places, this share of the budget apart, so that the cut stays where
 * it is while the user types on and what the model has read remains valid. Larger: fewer re-readings, shorter
 * prefixes.
 */
const prefixStepShare = 0.25;

/** A cut should leave this share of the budget: what a step takes away, and as much again for lines that are long. */
const keptShare = 1 - 2 * prefixStepShare;

/** The names of file and repository may take this share of the budget each; longer ones keep their end. */
const nameShare = 1 / 8;

/**
 * Snippets may take this share of the budget from the prefix, and more where prefix and suffix leave it. Who chooses the
 * snippets takes less; beyond half, what stands right before the caret is lost for what stands elsewhere.
 */
const snippetShare = 0.5;

/** Text to token ids, for one field at a time. */
export type Encode = (text: string) => readonly number[];

/** A piece of a compiled template: ids that are always the same, or the place for the user's text. */
export type CompiledSegment =
  | { readonly kind: "ids"; readonly ids: readonly number[] }
  | { readonly kind: "placeholder"; readonly name: Placeholder };

/** A template with its special tokens and literal text as ids. */
export interface CompiledTemplate {
  readonly order: readonly TemplatePart[];
  readonly parts: Readonly<Record<TemplatePart, readonly CompiledSegment[]>>;
  /** Tokens of the prefix that stand behind the middle part, so that what is written begins beside its context. */
  readonly tokensAfterMiddle: number;
}

export interface PromptLimits {
  /** Most tokens in the prompt. */
  readonly budget: number;
  /** Share of the budget that the suffix may take, in [0, 1); what it does not need goes to the prefix. */
  readonly suffixShare: number;
}

/**
 * Turns a manifest's template into ids.
 * @throws TemplateError as parseTemplate does; ModelError when the tokenizer lacks a special token.
 */
export function compileTemplate(
  manifest: Pick<Manifest, "promptTemplate" | "specialTokens">,
  tokenizer: Pick<Tokenizer, "encode" | "specialId">,
): CompiledTemplate {
  const specialTokens = specialTokensOf(manifest);
  const specialId = (token: string): number => {
    const id = tokenizer.specialId(token);
    if (id === undefined)
      throw new ModelError("tokenizer", `tokenizer.json lacks the special token "${token}". Install the model again.`);
    return id;
  };
  const compile = (part: TemplatePart): CompiledSegment[] => {
    const template = manifest.promptTemplate[templateFields[part]];
    if (template === undefined) return [];
    return parseTemplate(part, template, specialTokens).map((segment): CompiledSegment => {
      if (segment.kind === "placeholder") return segment;
      return {
        kind: "ids",
        ids: segment.kind === "special" ? [specialId(segment.token)] : tokenizer.encode(segment.text),
      };
    });
  };
  return {
    order: manifest.promptTemplate.order,
    parts: {
      repository: compile("repository"),
      snippets: compile("snippets"),
      suffix: compile("suffix"),
      prefix: compile("prefix"),
      middle: compile("middle"),
    },
    tokensAfterMiddle: manifest.promptTemplate.tokensAfterMiddle,
  };
}

/**
 * Fills a template. The suffix has its share; snippets get what prefix and suffix leave, and up to half of the budget if
 * they need it; the prefix gets the rest. Snippets are whole and in the order given; where room is short, the ones nearest
 * the caret, which are the last, stay. Pass the whole prefix of a document, however long: where it is cut depends on
 * offsets from its start.
 */
export function buildPrompt(
  template: CompiledTemplate,
  encode: Encode,
  parts: PromptParts,
  limits: PromptLimits,
): Prompt {
  const nameTokens = Math.floor(limits.budget * nameShare);
  const encodeName = (name: string): readonly number[] =>
    nameTokens === 0 ? [] : encode(name.slice(-nameTokens * maximumCharactersPerToken)).slice(-nameTokens);
  const names = { repository: encodeName(parts.repository), path: encodeName(parts.path) };
  const none: readonly number[] = [];

  const fixed = template.order
    .filter((part) => part !== "snippets")
    .reduce(
      (sum, part) => sum + fill(template.parts[part], { ...names, prefix: none, suffix: none, text: none }).length,
      0,
    );
  const room = Math.max(0, limits.budget - fixed);
  const suffix = takeStart(parts.suffix, Math.floor(room * limits.suffixShare), encode);
  // The steps depend on the budget alone: a cut must not move because the suffix changed by a token.
  const step = Math.max(1, Math.floor(limits.budget * prefixStepShare * typicalCharactersPerToken));
  let prefix = takeEnd(parts.prefix, room - suffix.ids.length, step, encode);

  const left = room - suffix.ids.length - prefix.ids.length;
  const fillSnippet = ({ path, text }: Snippet): readonly number[] =>
    fill(template.parts.snippets, { ...names, path: encodeName(path), text: encode(text), prefix: none, suffix: none });
  const wanted = template.order.includes("snippets") ? parts.snippets : [];
  const { snippets, ids: snippetIds } = takeSnippets(
    wanted,
    Math.max(left, Math.floor(room * snippetShare)),
    fillSnippet,
  );
  if (snippetIds.length > left) {
    prefix = takeEnd(parts.prefix, room - suffix.ids.length - snippetIds.length, step, encode);
  }

  const values = { ...names, suffix: suffix.ids, prefix: prefix.ids, text: none };
  const tokenIds: number[] = [];
  for (const part of template.order) {
    const ids = part === "snippets" ? snippetIds : fill(template.parts[part], values);
    // The middle part goes back into the prefix, but not before the token that the prefix begins with.
    const prefixTokens = part === "middle" ? fill(template.parts.prefix, values).length : 0;
    const after = Math.min(template.tokensAfterMiddle, Math.max(0, prefixTokens - 1));
    const behind = part === "middle" ? tokenIds.splice(tokenIds.length - after, after) : [];
    for (const id of [...ids, ...behind]) tokenIds.push(id);
  }
  return { tokenIds, snippets, prefixLength: prefix.length, suffixLength: suffix.length };
}

function fill(
  segments: readonly CompiledSegment[],
  values: Readonly<Record<Placeholder, readonly number[]>>,
): number[] {
  return segments.flatMap((segment) => (segment.kind === "ids" ? segment.ids : values[segment.name]));
}

/** The snippets that fit, from the last one on, in their order. */
function takeSnippets(
  wanted: readonly Snippet[],
  budget: number,
  fillSnippet: (snippet: Snippet) => readonly number[],
): { readonly snippets: readonly Snippet[]; readonly ids: readonly number[] } {
  const taken: { readonly snippet: Snippet; readonly ids: readonly number[] }[] = [];
  let left = budget;
  for (const snippet of wanted.toReversed()) {
    if (snippet.text.length > left * maximumCharactersPerToken) continue;
    const ids = fillSnippet(snippet);
    if (ids.length > left) continue;
    left -= ids.length;
    taken.unshift({ snippet, ids });
  }
  return { snippets: taken.map(({ snippet }) => snippet), ids: taken.flatMap(({ ids }) => ids) };
}

/** A text as far as it fits. */
interface Taken {
  readonly ids: readonly number[];
  /** UTF-16 units. */
  readonly length: number;
}

const nothing: Taken = { ids: [], length: 0 };

/** The start of a text, up to a line end if it does not fit as a whole, or as much of its first line as fits. */
function takeStart(text: string, budget: number, encode: Encode): Taken {
  if (budget <= 0) return nothing;
  const window = text.slice(0, budget * maximumCharactersPerToken);
  const take = (length: number): Taken => ({ ids: encode(window.slice(0, length)), length });
  if (window.length === text.length) {
    const whole = take(text.length);
    if (whole.ids.length <= budget) return whole;
  }
  const lineEnds: number[] = [];
  for (let end = window.indexOf("\n"); end >= 0; end = window.indexOf("\n", end + 1)) lineEnds.push(end + 1);
  const lines = lastThatFits(lineEnds.length, (index) => take(lineEnds[index] as number), budget);
  // A single line that is too long, as in minified code.
  return lines ?? lastThatFits(window.length, (index) => take(wholeCharacter(window, index + 1)), budget) ?? nothing;
}

/** By bisection: a longer text has more tokens, but for a few at its end, and what is returned always fits. */
function lastThatFits(count: number, take: (index: number) => Taken, budget: number): Taken | undefined {
  let best: Taken | undefined;
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const taken = take(middle);
    if (taken.ids.length <= budget) {
      best = taken;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return best;
}

/**
 * The end of a text. If it does not fit as a whole, it starts at the first line start after a multiple of `step`
 * characters from the text's own start, so that it starts at the same place as long as possible while the text grows
 * at its end.
 */
function takeEnd(text: string, budget: number, step: number, encode: Encode): Taken {
  if (budget <= 0 || text === "") return nothing;
  const windowStart = Math.max(0, text.length - budget * maximumCharactersPerToken);
  const take = (start: number): Taken => ({ ids: encode(text.slice(start)), length: text.length - start });

  // From the caret back, as far as it fits.
  const longest = (starts: readonly number[]): Taken | undefined => {
    let best: Taken | undefined;
    for (const start of starts.toReversed()) {
      const taken = take(start);
      if (taken.ids.length > budget) break;
      best = taken;
    }
    return best;
  };

  // Where tokens are short, as in numbers or Chinese, a step takes more of the budget than was meant: halve it until
  // enough is kept. The places of a step are among those of its half, so the start still moves forward only, and by
  // whole steps.
  let best: Taken | undefined;
  const lineStart = (place: number): number => text.indexOf("\n", place - 1) + 1;
  for (let finer = step; finer >= Math.max(1, step / 16); finer = Math.floor(finer / 2)) {
    const lines = longest(cutPlaces(text, windowStart, finer, lineStart));
    if (lines !== undefined && lines.length > (best?.length ?? 0)) best = lines;
    if (best !== undefined && (best.length === text.length || best.ids.length >= budget * keptShare)) return best;
  }
  if (best !== undefined) return best;
  // No line start is near enough to the caret: cut inside the line, ever closer.
  for (let finer = step; finer >= 1; finer = Math.floor(finer / 2)) {
    const characters = longest(cutPlaces(text, windowStart, finer, (place) => wholeCharacter(text, place)));
    if (characters !== undefined) return characters;
  }
  return nothing;
}

/**
 * The places at which a text may be cut: its start, if inside the window, and one for each multiple of `step` inside
 * it.
 * @param snap - The place at or after a multiple; 0 for none.
 */
function cutPlaces(text: string, windowStart: number, step: number, snap: (multiple: number) => number): number[] {
  const places = windowStart === 0 ? [0] : [];
  for (let multiple = Math.max(1, Math.ceil(windowStart / step)) * step; multiple < text.length; multiple += step) {
    const place = snap(multiple);
    // A long line swallows several multiples; a place at the very end keeps nothing.
    if (place > (places.at(-1) ?? 0) && place < text.length) places.push(place);
  }
  return places;
}

/** Moves a place that lies between the two halves of a surrogate pair behind it. */
function wholeCharacter(text: string, index: number): number {
  return /^[\uDC00-\uDFFF]/.test(text.charAt(index)) && /^[\uD800-\uDBFF]/.test(text.charAt(index - 1))
    ? index + 1
    : index;
}
