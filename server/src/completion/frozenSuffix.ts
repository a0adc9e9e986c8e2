// The text after the caret as the model has read it. It stands near the start of a prompt, so a bracket that the editor
// adds there makes the model read four fifths of the prompt anew; it does not need to see that one. Filters look at the
// text as it is.

/** Documents whose suffix is remembered: those between which one goes back and forth. */
const rememberedDocuments = 8;

/** What the editor adds behind the caret while one types in front: closing brackets and quotes, line ends, indentation. */
const addedByEditor = /^[\s)\]}"'`]*$/;

/** Longest addition that counts as one: a few nested brackets, each on a line of its own. */
const longestAddition = 256;

/**
 * Is a suffix the frozen one with nothing before it but what the editor adds by itself?
 *
 * @param isCut the suffix ends where it does because no prompt has room for more
 */
export function extendsFrozen(frozen: string, suffix: string, isCut: boolean): boolean {
  if (suffix === frozen) {
    return true;
  }
  // A suffix that is cut off loses at its end what it has got at its start.
  const end = isCut ? suffix.length : -1;
  for (let added = 0; added <= Math.min(longestAddition, suffix.length); added++) {
    if (added > 0 && !addedByEditor.test(suffix.charAt(added - 1))) {
      return false;
    }
    const rest = suffix.slice(added);
    if (rest === frozen || (end - added > 0 && frozen.startsWith(rest))) {
      return true;
    }
  }
  return false;
}

/** The suffixes that the last prompts were made with, one for each document. */
export class FrozenSuffixes {
  /** The latest last. */
  readonly #frozen = new Map<string, string>();

  /**
   * The suffix for a prompt: the frozen one while it holds, from then on the one that is there.
   *
   * @param uri the document
   * @param suffix as it is, LF line ends
   */
  choose(uri: string, suffix: string, isCut: boolean): string {
    const frozen = this.#frozen.get(uri);
    const chosen = frozen !== undefined && extendsFrozen(frozen, suffix, isCut) ? frozen : suffix;
    this.#frozen.delete(uri);
    this.#frozen.set(uri, chosen);
    for (const oldest of this.#frozen.keys()) {
      if (this.#frozen.size <= rememberedDocuments) {
        break;
      }
      this.#frozen.delete(oldest);
    }
    return chosen;
  }
}
