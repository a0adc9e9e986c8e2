// Runs a language's own tool over a package. Each needs something that Horizon does not: it is named by an option, and
// what to install is said when it is missing.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { isMissing } from "../../../server/src/workspace/fileError.js";
import { InputError } from "../../../server/src/workspace/inputError.js";
import { listTypeScriptUses, type TypeScriptCompiler } from "./typescript.js";
import { parseUses, type Use } from "./use.js";

const run = promisify(execFile);

/** A package's uses as JSON may have this many bytes. */
const mostOutput = 1 << 30;

/** A language whose definitions can be found out. */
export interface TruthLanguage {
  readonly name: string;
  /** Folders in syntaxes/ of its files. */
  readonly ids: readonly string[];
  /** What to install, and how to name it. */
  readonly needs: string;
  /** Is the tool so slow that only what is in the ranges should be asked about? */
  readonly isSlow: boolean;
  /** @throws {InputError} when the tool is missing or fails; `needs` says what to do then */
  readonly findUses: (question: TruthQuestion) => Promise<readonly Use[]>;
}

/** What to ask a tool. */
export interface TruthQuestion {
  /** Absolute. */
  readonly directory: string;
  /** Files of the language, relative to the folder. */
  readonly files: readonly string[];
  /** A file with lines of {file, start, end}; slow tools look nowhere else. */
  readonly ranges: string;
  /** What `--tool` names. */
  readonly tool: string | undefined;
  /** Folder of the programs of this folder. */
  readonly programs: string;
  readonly signal: AbortSignal;
}

export const truthLanguages: readonly TruthLanguage[] = [
  {
    name: "typescript",
    ids: ["typescript", "tsx"],
    needs:
      "TypeScript 5, whose compiler has a JavaScript API: npm install --prefix FOLDER typescript@5, then --tool FOLDER",
    isSlow: false,
    findUses: async ({ directory, files, tool }) => {
      const compiler = loadCompiler(tool);
      const sources = files.filter((file) => !file.endsWith(".d.ts"));
      return [
        ...listTypeScriptUses(
          compiler,
          directory,
          sources.map((file) => join(directory, file)),
        ),
      ];
    },
  },
  {
    name: "python",
    ids: ["python"],
    needs: "a Python with jedi: python3 -m venv FOLDER && FOLDER/bin/pip install jedi, then --tool FOLDER/bin/python",
    isSlow: true,
    findUses: (question) =>
      runProgram(
        question.tool ?? "python3",
        [join(question.programs, "truth.py"), question.directory, question.ranges],
        question,
      ),
  },
  {
    name: "java",
    ids: ["java"],
    needs: "a JDK of 17 or later, with java in the PATH or named with --tool",
    isSlow: false,
    findUses: (question) =>
      runProgram(question.tool ?? "java", [join(question.programs, "Truth.java"), question.directory], question),
  },
  {
    name: "go",
    ids: ["go"],
    needs: "Go 1.21 or later, with go in the PATH or named with --tool",
    isSlow: false,
    findUses: (question) =>
      runProgram(question.tool ?? "go", ["run", join(question.programs, "truth.go"), question.directory], question),
  },
];

/** @throws {InputError} when there is no such language */
export function truthLanguage(name: string): TruthLanguage {
  const language = truthLanguages.find((one) => one.name === name);
  if (language === undefined) {
    throw new InputError(`--language: must be one of ${truthLanguages.map((one) => one.name).join(", ")}.`);
  }
  return language;
}

/** @throws {InputError} when the tool is missing or fails */
async function runProgram(
  command: string,
  options: readonly string[],
  { directory, signal }: TruthQuestion,
): Promise<readonly Use[]> {
  const { stdout } = await run(command, options, { maxBuffer: mostOutput, signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    const output = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new InputError(
      isMissing(error) ? `There is no ${command}.` : `${command} ${options.join(" ")}: ${output || error}`,
    );
  });
  return parseUses(stdout, `what ${command} says of ${directory}`);
}

function loadCompiler(folder: string | undefined): TypeScriptCompiler {
  let compiler: Partial<TypeScriptCompiler> = {};
  try {
    compiler = createRequire(resolve(folder ?? ".", "package.json"))("typescript");
  } catch {
    throw new InputError(`There is no TypeScript in ${folder ?? "this folder"}.`);
  }
  if (compiler.createProgram === undefined) {
    throw new InputError(`TypeScript ${compiler.version} has no compiler API.`);
  }
  return compiler as TypeScriptCompiler;
}
