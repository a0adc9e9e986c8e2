// `horizon complete FILE:LINE:COLUMN`: one completion, by the engine of the editor, on standard output.
import { resolve } from "node:path";
import { Command } from "commander";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Completion, CompletionResult } from "../completion/completion.js";
import { createRepositoryMemory, type RepositoryMemory } from "../completion/repositoryMemory.js";
import type { LanguageModel } from "../inference/generation.js";
import { loadModel } from "../inference/loadModel.js";
import { DEFAULT_SETTINGS } from "../settings.js";
import { InputError } from "../workspace/inputError.js";
import { createEngine } from "../workspace/installation.js";
import { interruption } from "./interruption.js";
import { type OpenContext, openContext } from "./openContext.js";
import { openPlace } from "./openPlace.js";

interface CompleteOptions {
  readonly workspace?: string;
  readonly model?: string;
  readonly json?: true;
  readonly stream?: true;
  /** False for --no-context. */
  readonly context: boolean;
}

/** The subcommand. */
export function completeCommand(): Command {
  return new Command("complete")
    .description("Write what Horizon suggests at a place in a file.")
    .argument("<FILE:LINE:COLUMN>", "the caret; lines and columns count from 1, columns in UTF-16 units")
    .option("--workspace <DIR>", "the folder that an editor would have open (default: the file's git repository)")
    .option("--json", "write JSON: completions, timings in milliseconds, prompt, model")
    .option("--stream", "write the text as it grows; with --json one line for each step, the whole result last")
    .option("--no-context", "do without the rest of the workspace: read nothing but the file")
    .option("--model <DIR>", "folder of another model (default: the one that comes with Horizon)")
    .addHelpText("after", "\nExample:\n  horizon complete src/app.py:12:5 --json")
    .action(complete);
}

async function complete(place: string, options: CompleteOptions): Promise<void> {
  const { location, workspace, installation, languages, textDocument, document, offset } = await openPlace(
    place,
    options.workspace,
  );
  const signal = interruption();
  let model: LanguageModel | undefined;
  let context: OpenContext | undefined;
  try {
    if (options.context) {
      context = await openContext({
        installation,
        languages,
        workspace,
        document,
        settings: DEFAULT_SETTINGS,
        signal,
      });
    }
    model = await loadModel({
      directory: resolve(options.model ?? installation.modelDirectory),
      hostScript: installation.hostScript,
      threads: DEFAULT_SETTINGS.model.threads,
      signal,
    });
    const engine = createEngine(model, DEFAULT_SETTINGS, languages, {
      context: context?.provider,
      documents: teachFiles(model, context),
      contextLimit: Number.POSITIVE_INFINITY,
    });
    const write = options.json === true ? jsonWriter(textDocument) : textWriter();
    const updates = engine.complete({ document, offset }, signal);
    let next = await updates.next();
    while (next.done !== true) {
      if (options.stream === true) {
        write.update(next.value.completion);
      }
      next = await updates.next();
    }
    signal.throwIfAborted();
    const { noAnswer } = next.value;
    if (noAnswer !== undefined) {
      throw new InputError(`${location.file}: ${noAnswer.message}`);
    }
    write.end(next.value, options.stream === true);
  } catch (error) {
    signal.throwIfAborted(); // whatever broke then broke because of that
    throw error;
  } finally {
    await model?.dispose();
    await context?.dispose();
  }
}

/** Has the model learn the folder, where there is one to be read. */
function teachFiles(model: LanguageModel, context: OpenContext | undefined): RepositoryMemory | undefined {
  const memory = createRepositoryMemory(model, { keyOf: ({ path }) => path });
  for (const { path, text } of context?.index.texts() ?? []) {
    memory?.setFile(path, text);
  }
  return memory;
}

/** How a result gets to standard output. */
interface Writer {
  update(completion: Completion): void;
  end(result: CompletionResult, isStream: boolean): void;
}

/** The text alone. A stream is written piece by piece, so that the pieces together are the text. */
function textWriter(): Writer {
  let written = "";
  const extend = (text: string): void => {
    if (text.startsWith(written)) {
      process.stdout.write(text.slice(written.length));
      written = text;
    }
  };
  return {
    update: ({ text }) => extend(text),
    end: ({ completions: [completion] }) => {
      if (completion !== undefined) {
        extend(completion.text);
      }
      if (written === "") {
        process.stderr.write("horizon: there is nothing good to suggest here.\n");
      } else {
        process.stdout.write("\n");
      }
    },
  };
}

function jsonWriter(document: TextDocument): Writer {
  const write = (value: unknown, indent?: number): void => {
    process.stdout.write(`${JSON.stringify(value, undefined, indent)}\n`);
  };
  return {
    update: (completion) => write({ completions: [describeCompletion(completion, document)] }),
    end: (result, isStream) => write(describeResult(result, document), isStream ? undefined : 2),
  };
}

/** The result as `--json` writes it: as the engine has it, but for the ranges. */
function describeResult({ completions, timings, prompt, model }: CompletionResult, document: TextDocument) {
  return {
    completions: completions.map((completion) => describeCompletion(completion, document)),
    timings,
    prompt,
    model,
  };
}

/** Places are written the way they are asked for: counted from 1. */
function describeCompletion(completion: Completion, document: TextDocument) {
  const describe = (offset: number) => {
    const { line, character } = document.positionAt(offset);
    return { line: line + 1, column: character + 1 };
  };
  const { text, range, logProbability, horizon, stopReason, tokens } = completion;
  return {
    text,
    range: { start: describe(range.start), end: describe(range.end) },
    logProbability,
    horizon,
    stopReason,
    tokens,
  };
}
