// Which paths are left out by .gitignore, .horizonignore and the list of generated folders. All rules that hold in a
// folder are one list, the last match decides, as in git; a folder with rules of its own gets a longer list.
import ignore, { type Ignore, type PatternParams } from "ignore";

/** Who says that a path is left out. */
export type RuleOrigin = "gitignore" | "horizonignore" | "generated";

/**
 * A pattern with more `**` than this is passed over: each multiplies the ways in which a path may match, so that a
 * repository that is not trusted could keep the index busy for ever. Patterns that people write have two at most.
 */
const mostDoubleStars = 4;

/** The rules that hold in one folder. Immutable. */
export class IgnoreRules {
  readonly #git: readonly PatternParams[];
  readonly #generated: readonly PatternParams[];
  readonly #own: readonly PatternParams[];
  readonly #ignoreCase: boolean;
  #all: Ignore | undefined;
  #withoutGit: Ignore | undefined;

  private constructor(
    git: readonly PatternParams[],
    generated: readonly PatternParams[],
    own: readonly PatternParams[],
    ignoreCase: boolean,
  ) {
    this.#git = git;
    this.#generated = generated;
    this.#own = own;
    this.#ignoreCase = ignoreCase;
  }

  /**
   * The rules above everything.
   *
   * @param generated patterns of folders that nobody writes by hand
   * @param ignoreCase does the repository take `A` for `a`?
   */
  static start(generated: readonly string[], ignoreCase: boolean): IgnoreRules {
    return new IgnoreRules([], readPatterns(generated.join("\n"), "", "generated"), [], ignoreCase);
  }

  /**
   * These rules and those of a file.
   *
   * @param text the file's
   * @param folder where its patterns count from, relative to where tested paths count from; empty for the same place
   */
  with(origin: "gitignore" | "horizonignore", text: string, folder: string): IgnoreRules {
    const patterns = readPatterns(text, folder, origin);
    if (patterns.length === 0) return this;
    return origin === "gitignore"
      ? new IgnoreRules([...this.#git, ...patterns], this.#generated, this.#own, this.#ignoreCase)
      : new IgnoreRules(this.#git, this.#generated, [...this.#own, ...patterns], this.#ignoreCase);
  }

  /** These rules with other patterns of folders that nobody writes by hand. */
  withGenerated(generated: readonly string[]): IgnoreRules {
    return new IgnoreRules(this.#git, readPatterns(generated.join("\n"), "", "generated"), this.#own, this.#ignoreCase);
  }

  /** These rules less those of git: another repository begins. */
  forRepository(generated: readonly string[], ignoreCase: boolean): IgnoreRules {
    return new IgnoreRules([], readPatterns(generated.join("\n"), "", "generated"), this.#own, ignoreCase);
  }

  /**
   * Who leaves a path out; undefined when nobody does.
   *
   * @param path with forward slashes; a folder's ends with one
   */
  originOf(path: string): RuleOrigin | undefined {
    // Git's come first, so that its exceptions do not bring a generated folder back; the user's own may.
    this.#all ??= this.#compile([...this.#git, ...this.#generated, ...this.#own]);
    return this.#all.test(path).rule?.mark as RuleOrigin | undefined;
  }

  /** The same for a path that git tracks, which its rules do not concern. */
  originOfTracked(path: string): RuleOrigin | undefined {
    this.#withoutGit ??= this.#compile([...this.#generated, ...this.#own]);
    return this.#withoutGit.test(path).rule?.mark as RuleOrigin | undefined;
  }

  #compile(patterns: readonly PatternParams[]): Ignore {
    return ignore({ ignorecase: this.#ignoreCase, allowRelativePaths: true }).add(patterns);
  }
}

function readPatterns(text: string, folder: string, mark: RuleOrigin): readonly PatternParams[] {
  const patterns: PatternParams[] = [];
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    const pattern = anchor(line, folder);
    if (pattern !== undefined) patterns.push({ pattern, mark });
  }
  return patterns;
}

/** A pattern that means from the top what this one means in a folder; undefined for a comment or a blank line. */
function anchor(line: string, folder: string): string | undefined {
  // Git takes a blank that a backslash protects for a part of the name.
  const trimmed = line.replace(/(?<!\\) +$/, "");
  if (trimmed === "" || trimmed.startsWith("#")) return undefined;
  if (trimmed.split("**").length - 1 > mostDoubleStars) return undefined;
  if (folder === "") return trimmed;
  const isException = trimmed.startsWith("!");
  const body = isException ? trimmed.slice(1) : trimmed;
  const place = `/${folder.replace(/[\\*?[\] ]/g, "\\$&")}/`;
  // A slash at the start or in the middle ties a pattern to its folder; without one it holds at every depth.
  const isTied = body.slice(0, -1).includes("/");
  const pattern = isTied ? place + body.replace(/^\//, "") : `${place}**/${body}`;
  return isException ? `!${pattern}` : pattern;
}
