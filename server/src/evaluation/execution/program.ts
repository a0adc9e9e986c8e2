// Programs that tell by how they end whether an answer is right.
import type { ExecutionTest, Hole } from "../hole.js";

/** A program in a language that can be run. */
export interface Program {
  readonly languageId: string;
  readonly text: string;
}

/** Languages that can be run, by language id: how a program says that it has come to its end. */
const endings: Readonly<Record<string, (marker: string) => string>> = {
  // Not print(): the program may have replaced it.
  python: (marker) => `\n__import__("os").write(1, b"${marker}")\n`,
};

/** Can a test be run at all? */
export function isRunnable(test: ExecutionTest | undefined): test is ExecutionTest {
  return test !== undefined && Object.hasOwn(endings, test.languageId);
}

/** The test's program around the completed document. */
export function programOf(
  { prefix, suffix }: Pick<Hole, "prefix" | "suffix">,
  { languageId, before, after }: ExecutionTest,
  text: string,
  replaces: number,
): Program {
  return { languageId, text: `${before}${prefix}${text}${suffix.slice(replaces)}${after}` };
}

/**
 * The program with an end that writes a marker: a program that leaves early with code 0 has not passed.
 *
 * @param marker letters and digits
 */
export function withMarker({ languageId, text }: Program, marker: string): string {
  return text + (endings[languageId]?.(marker) ?? "");
}
