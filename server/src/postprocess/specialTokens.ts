// No special tokens in the text: a model that spells one out has lost its thread, and what follows is worth nothing.
import type { Filter } from "./filter.js";

/** Special tokens of the FIM models that are in use; a model trained on public code may have learnt to spell them. */
const wellKnown = [
  "<fim_prefix>",
  "<fim_suffix>",
  "<fim_middle>",
  "<fim_pad>",
  "<|fim_prefix|>",
  "<|fim_suffix|>",
  "<|fim_middle|>",
  "<|fim_pad|>",
  "<|endoftext|>",
  "<|file_sep|>",
  "<|repo_name|>",
  "<file_sep>",
  "<repo_name>",
  "<|cursor|>",
  "<｜fim▁begin｜>",
  "<｜fim▁hole｜>",
  "<｜fim▁end｜>",
  "<PRE>",
  "<SUF>",
  "<MID>",
  "<EOT>",
  "<eom>",
];

/** What a decoder writes for bytes that are no UTF-8. */
const replacementCharacter = "\uFFFD";

/** Ends the text before the first special token or broken character. */
export const specialTokens: Filter = {
  name: "specialTokens",
  apply: (draft, context) => {
    const places = [...wellKnown, ...context.specialTokens, replacementCharacter]
      .map((token) => draft.text.indexOf(token))
      .filter((place) => place >= 0);
    return places.length === 0 ? draft : { ...draft, text: draft.text.slice(0, Math.min(...places)) };
  },
};
