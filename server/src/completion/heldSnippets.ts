// The snippets of the lines that were typed last. Nearly every third key changes what the index finds most useful, by a
// little, and snippets stand at the start of a prompt: they hold while one types on in a line.
import type { Snippet } from "../inference/generation.js";

/** Lines that are remembered: a few in each file between which one goes back and forth, and those one may come to next. */
const rememberedLines = 8;

/** Where snippets were asked for. */
export interface SnippetPlace {
  readonly uri: string;
  /** Where the caret's line begins, a UTF-16 offset. */
  readonly lineStart: number;
  /** See SnippetProvider.version. */
  readonly version: string;
}

/** What was found for the last lines, the latest last. */
export class HeldSnippets {
  #lines: { readonly place: SnippetPlace; readonly snippets: readonly Snippet[] }[] = [];

  find(place: SnippetPlace): readonly Snippet[] | undefined {
    return this.#lines.find((line) => isSame(line.place, place))?.snippets;
  }

  /** Nothing found is not kept: the index may be about to know more. */
  keep(place: SnippetPlace, snippets: readonly Snippet[]): void {
    const others = this.#lines.filter((line) => !isSame(line.place, place));
    this.#lines = snippets.length === 0 ? others : [...others.slice(1 - rememberedLines), { place, snippets }];
  }
}

function isSame(a: SnippetPlace, b: SnippetPlace): boolean {
  return a.uri === b.uri && a.lineStart === b.lineStart && a.version === b.version;
}
