// Finds definitions by syntax tree while a text is written: waits for the grammar once, parses within a time limit, and
// does not parse the same source again with every token.
import type { Definition, DefinitionSource, Definitions } from "../postprocess/filter.js";
import type { SyntaxParser } from "../syntax/parser.js";
import type { Clock } from "./report.js";

/**
 * Milliseconds that one parse may take. It runs on the thread that answers the editor, which is never blocked for more
 * than 20 ms; when time is up the block ends by indentation. A parse takes 1 to 3 ms: only a machine that has no time
 * for us comes near the limit.
 */
export const parseLimit = 15;

/** Definitions of the sources of one completion. */
export class DefinitionFinder implements Definitions {
  /** Resolves when `find` may be called. */
  readonly ready: Promise<void>;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #onTimeOut: () => void;
  #parser: SyntaxParser | undefined;
  /** By what was written; as many as a suggestion has lines. */
  readonly #known = new Map<string, readonly Definition[] | undefined>();

  /**
   * @param limit milliseconds that one parse may take
   * @param onTimeOut called when one took longer
   */
  constructor(
    parser: Promise<SyntaxParser | undefined>,
    clock: Clock,
    limit: number = parseLimit,
    onTimeOut: () => void = () => {},
  ) {
    this.#clock = clock;
    this.#limit = limit;
    this.#onTimeOut = onTimeOut;
    this.ready = parser.then((loaded) => {
      this.#parser = loaded;
    });
  }

  /** @returns undefined when there is no parser or it took too long */
  find(written: string, source: () => DefinitionSource): readonly Definition[] | undefined {
    if (!this.#known.has(written)) {
      this.#known.set(written, this.#parse(source()));
    }
    return this.#known.get(written);
  }

  #parse({ text, caret }: DefinitionSource): readonly Definition[] | undefined {
    const deadline = this.#clock.now() + this.#limit;
    const captures = this.#parser?.captures(text, "blocks", () => this.#clock.now() > deadline);
    if (captures === undefined && this.#parser !== undefined) {
      this.#onTimeOut();
    }
    return captures?.flatMap(({ name, start, end }) =>
      name === "definition" || name === "statement" ? [{ kind: name, start: start - caret, end: end - caret }] : [],
    );
  }
}
