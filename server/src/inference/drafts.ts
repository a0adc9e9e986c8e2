// Drafts of the next tokens, which the model verifies several at a time: where they come from, and how many pay.

/** Tokens that may come next, the first one first. */
export interface Draft {
  readonly tokenIds: readonly number[];
  /** Tokens at the end of the text that stand before the same continuation elsewhere. */
  readonly matched: number;
}

/** Knows what came after the same tokens elsewhere. */
export interface DraftSource {
  /**
   * @param text - The tokens so far, special ones left out.
   * @param most - Most tokens to propose.
   */
  draft(text: readonly number[], most: number): Draft;
}

export const noDraft: Draft = { tokenIds: [], matched: 0 };

/** Tokens of context that are compared; longer matches are not better. */
const longestMatch = 16;

/**
 * Prompt lookup: what came after the last place in the text itself at which its last tokens stand, for as many of them as
 * possible (Saxena 2023, "Prompt Lookup Decoding"). It looks at the whole text each time: a thousand tokens take some
 * microseconds, a run of the model takes milliseconds.
 */
export const promptLookup: DraftSource = {
  draft(text, most) {
    const last = text.length - 1;
    let matched = 0;
    let found = -1;
    for (let end = last - 1; end >= 0 && matched < longestMatch; end--) {
      if (text[end] !== text[last]) continue;
      let length = 1;
      while (length < longestMatch && length <= end && text[end - length] === text[last - length]) length++;
      if (length > matched) {
        matched = length;
        found = end;
      }
    }
    return matched === 0 ? noDraft : { tokenIds: text.slice(found + 1, found + 1 + most), matched };
  },
};

/** The draft of the source whose match is longest; of equals that of the first. */
export function longestDraft(sources: readonly DraftSource[]): DraftSource {
  return {
    draft: (text, most) => {
      let best = noDraft;
      for (const source of sources) {
        const draft = source.draft(text, most);
        if (draft.tokenIds.length > 0 && draft.matched > best.matched) best = draft;
      }
      return best;
    },
  };
}
