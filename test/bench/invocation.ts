// What the invocation rules lose: the engine is asked at typed carets without them, and what it would have suggested where
// they do not ask is held against what stands there.
import path from "node:path";
import { decideByRules, type InvocationDecision, invocationFeatures } from "../../server/src/completion/invocation.js";
import { findSite } from "../../server/src/completion/trigger.js";
import { requestOf } from "../../server/src/evaluation/askEngine.js";
import type { Hole } from "../../server/src/evaluation/hole.js";
import { createHoleAsker } from "../../server/src/evaluation/holeAsker.js";
import { HoleContext } from "../../server/src/evaluation/holeContext.js";
import { listFiles, readSource, repositoryName } from "../../server/src/evaluation/masking/repositoryFiles.js";
import { chooseSeeded } from "../../server/src/evaluation/masking/seededChoice.js";
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";
import { DEFAULT_SETTINGS } from "../../server/src/settings.js";
import type { Languages } from "../../server/src/syntax/languages.js";
import type { Installation } from "../../server/src/workspace/installation.js";
import { seededRandom } from "../support/seededRandom.js";
import { round } from "./statistics.js";

/** Lines that are not there yet where new code is typed: the caret's and those that follow it. */
const newLines = 3;

/** Lines that are drawn in a file, each with a caret of each kind, before those of the repository are chosen. */
const linesPerFile = 40;

/** Shortest suggestion that saves anything. */
const shortestUseful = 2;

/** Where somebody types: new lines, or something within a line that goes on behind the caret. */
type TypingKind = "newLines" | "withinLine";

/** Carets of one kind with one decision. */
export interface DecisionReport {
  /** Of the carets of this kind. */
  readonly share: number;
  readonly carets: number;
  /** Of these: something is suggested; its first line makes the caret's line what it was; or it is what was typed next. */
  readonly suggested: number;
  readonly firstLineRight: number;
  readonly useful: number;
}

/** By kind and decision ("invokes", or the rule that keeps the model from running). */
export type InvocationReport = Readonly<Record<string, Readonly<Record<string, DecisionReport>>>>;

export interface InvocationOptions {
  readonly folders: readonly string[];
  readonly installation: Installation;
  readonly languages: Languages;
  readonly model: HostedLanguageModel;
  /** Carets of each kind in each repository whose decision is counted. */
  readonly carets: number;
  /** Of those at which the model runs, one in so many is asked about; of the others each. */
  readonly askOneIn: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

interface Counts {
  carets: number;
  asked: number;
  suggested: number;
  firstLineRight: number;
  useful: number;
}

/** Asks about carets in repositories that the model was not trained on. */
export async function measureInvocation(options: InvocationOptions): Promise<InvocationReport> {
  const { folders, installation, languages, model, carets, askOneIn, seed, signal } = options;
  const counts = new Map<string, Map<string, Counts>>();
  for (const folder of folders) {
    const directory = path.resolve(folder);
    const onProblem = (problem: string): boolean => process.stderr.write(`${problem}\n`);
    const settings = DEFAULT_SETTINGS;
    const context = new HoleContext({ installation, languages, directory, settings, disabled: [], signal, onProblem });
    const ask = createHoleAsker({ model, settings, languages, context });
    try {
      const all = await typedCarets(directory, languages, seed, signal);
      for (const kind of ["newLines", "withinLine"] as const) {
        const chosen = chooseSeeded(
          all.filter((hole) => hole.kind === kind),
          carets,
          seed,
          ({ id }) => id,
        );
        for (const [index, hole] of chosen.entries()) {
          const decision = decide(hole, languages, model.promptTokens);
          const reason = decision.invokes ? "invokes" : decision.reason;
          const count = countsOf(counts, kind, reason);
          count.carets++;
          if (decision.invokes && index % askOneIn !== 0) continue;
          const { suggestion } = await ask(hole, signal);
          count.asked++;
          const { isRight, isUseful } = judge(hole, suggestion);
          if (suggestion.text !== "") count.suggested++;
          if (isRight) count.firstLineRight++;
          if (isUseful) count.useful++;
        }
      }
    } finally {
      await context.dispose();
    }
    process.stderr.write(`${folder}\n`);
  }
  return report(counts);
}

/** The carets at which somebody stands who types the files of a folder. */
async function typedCarets(directory: string, languages: Languages, seed: number, signal: AbortSignal) {
  const holes: Hole[] = [];
  const random = seededRandom(seed);
  const between = (from: number, to: number): number => from + Math.floor(random() * (to - from));
  for (const path of await listFiles(directory, signal)) {
    const source = await readSource(directory, path, languages);
    if (source === undefined) continue;
    const { text, languageId } = source;
    const lines = [...text.matchAll(/^[^\n]*\S[^\n]*$/gm)].map(({ index, 0: line }) => ({ start: index, line }));
    const numbers = chooseSeeded([...lines.keys()], linesPerFile, seed, (number) => `${path}:${number}`);
    for (const number of numbers) {
      const { start, line } = lines[number] as (typeof lines)[number];
      const last = lines[Math.min(lines.length, number + newLines) - 1] as (typeof lines)[number];
      const add = (kind: TypingKind, caret: number, end: number): void => {
        if (caret >= end) return;
        const [prefix, middle, suffix] = [text.slice(0, caret), text.slice(caret, end), text.slice(end)];
        const repository = repositoryName(directory);
        const id = `${path}:${caret}-${end}:${kind}`;
        holes.push({ id, cluster: path, path, repository, languageId, prefix, middle, suffix, kind });
      };
      const code = start + line.length - line.trimStart().length;
      add("newLines", between(code, start + line.length + 1), last.start + last.line.length);
      // A word that is added before another one, from its first character to what stands between the two.
      const words = [...line.matchAll(/[\p{L}\p{N}_$]+/gu)].map((word) => start + word.index);
      const word = between(0, words.length - 1);
      const [from, to] = [words[word], words[word + 1]];
      if (from !== undefined && to !== undefined) add("withinLine", between(from, to), to);
    }
  }
  return holes;
}

function decide(hole: Hole, languages: Languages, promptTokens: number): InvocationDecision {
  const found = findSite(requestOf(hole), languages.get(hole.languageId), promptTokens);
  return "site" in found ? decideByRules(invocationFeatures(found.site.context)) : { invokes: true };
}

/** Is the caret's line what it was, and was the suggestion worth a key? */
function judge(
  { middle, suffix }: Hole,
  { text, replaces }: { readonly text: string; readonly replaces: number },
): { readonly isRight: boolean; readonly isUseful: boolean } {
  const lineOf = (all: string): string => (all.split("\n")[0] ?? "").trimEnd();
  const isRight = text.trim() !== "" && lineOf(text + suffix.slice(replaces)) === lineOf(middle + suffix);
  const isTypedNext = replaces === 0 && middle.startsWith(text.trimEnd()) && text.trim().length >= shortestUseful;
  return { isRight, isUseful: isTypedNext || (isRight && text.trim().length >= shortestUseful) };
}

function countsOf(counts: Map<string, Map<string, Counts>>, kind: string, reason: string): Counts {
  const byReason = counts.get(kind) ?? new Map<string, Counts>();
  counts.set(kind, byReason);
  const found = byReason.get(reason) ?? { carets: 0, asked: 0, suggested: 0, firstLineRight: 0, useful: 0 };
  byReason.set(reason, found);
  return found;
}

function report(counts: ReadonlyMap<string, ReadonlyMap<string, Counts>>): InvocationReport {
  return Object.fromEntries(
    [...counts].map(([kind, byReason]) => {
      const all = [...byReason.values()].reduce((sum, { carets }) => sum + carets, 0);
      const reports = [...byReason].map(([reason, { carets, asked, ...found }]): [string, DecisionReport] => {
        const share = (number: number): number => round(number / Math.max(1, asked), 3);
        const { suggested, firstLineRight, useful } = found;
        return [
          reason,
          {
            share: round(carets / all, 3),
            carets,
            suggested: share(suggested),
            firstLineRight: share(firstLineRight),
            useful: share(useful),
          },
        ];
      });
      return [kind, Object.fromEntries(reports)];
    }),
  );
}
