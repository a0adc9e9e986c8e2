// Reads golden cases; README.md beside this file says how they are written.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One case. */
export interface GoldenCase {
  readonly title: string;
  readonly languageId: string;
  /** The document before, at its caret. */
  readonly prefix: string;
  readonly suffix: string;
  /** What the model writes. */
  readonly written: string;
  /** The document after the suggestion was accepted, with the caret mark; undefined when nothing is shown. */
  readonly shown: string | undefined;
  /** Sentences like "Stops: `blockEnd`." by their first word. */
  readonly notes: ReadonlyMap<string, string>;
}

/** A file of cases. */
export interface GoldenFile {
  /** Its name without the extension. */
  readonly name: string;
  readonly title: string;
  readonly cases: readonly GoldenCase[];
}

export const caret = "█";

/** All files in a folder of test/golden. */
export function readGoldenFiles(folder: string): GoldenFile[] {
  const directory = join(import.meta.dirname, folder);
  return readdirSync(directory)
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => readGoldenFile(name.slice(0, -".md".length), readFileSync(join(directory, name), "utf8")));
}

function readGoldenFile(name: string, text: string): GoldenFile {
  const [head = "", ...sections] = text.split(/^## /m);
  return {
    name,
    title: head.replace(/^# /, "").trim(),
    cases: sections.map((section) => readCase(name, section)),
  };
}

function readCase(file: string, section: string): GoldenCase {
  const title = section.slice(0, section.indexOf("\n"));
  const fail = (problem: string): never => {
    throw new Error(`test/golden: ${file}.md, "${title}": ${problem}`);
  };
  const blocks = [...section.matchAll(/^```(\w+)\n([\s\S]*?)\n?^```$/gm)].map((match) => ({
    language: match[1] ?? "",
    text: (match[2] ?? "").replace(/·+$/gm, (dots) => " ".repeat(dots.length)),
  }));
  const [before, written, after] = blocks;
  const isNothing = section.includes("Nothing is shown.");
  if (before === undefined || written === undefined || isNothing === (after !== undefined)) {
    return fail('needs a document, a text and either a document or "Nothing is shown."');
  }
  const parts = before.text.split(caret);
  const [prefix, suffix] = parts;
  if (prefix === undefined || suffix === undefined || parts.length !== 2) {
    return fail("needs one caret in the document before");
  }
  const notes = new Map([...section.matchAll(/^(\w[\w ]*): `(.*)`\.$/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]));
  return { title, languageId: before.language, prefix, suffix, written: written.text, shown: after?.text, notes };
}

/** The document after a text was inserted, with the caret mark behind it. */
export function accept({ prefix, suffix }: GoldenCase, text: string, replaces: number): string {
  return `${prefix}${text}${caret}${suffix.slice(replaces)}`;
}
