// `horizon context FILE:LINE:COLUMN`: what of the repository belongs in the prompt at a place, where it comes from and
// what it takes. The engine's own stages, without the model: only its tokenizer is read.
import { resolve } from "node:path";
import { Command } from "commander";
import { ContextStage } from "../completion/contextStage.js";
import { createPromptParts } from "../completion/promptState.js";
import type { ContextEvent } from "../completion/repositoryContext.js";
import { defaultCompletionSettings } from "../completion/settings.js";
import { findSite } from "../completion/trigger.js";
import type { ContextSnippet } from "../context/contextSource.js";
import type { IndexStatus } from "../context/index/indexStatus.js";
import { contextSources } from "../context/sources/index.js";
import { readPromptMaker } from "../inference/backends/openai/promptMaker.js";
import type { Prompt } from "../inference/generation.js";
import { DEFAULT_SETTINGS } from "../settings.js";
import { InputError } from "../workspace/inputError.js";
import { interruption } from "./interruption.js";
import { type OpenContext, openContext } from "./openContext.js";
import { openPlace } from "./openPlace.js";

interface ContextFlags {
  readonly workspace?: string;
  readonly model?: string;
  readonly disable?: readonly string[];
  readonly json?: true;
}

/** The subcommand. */
export function contextCommand(): Command {
  const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  return new Command("context")
    .description("Show what of the repository stands in the prompt at a place in a file, and why.")
    .argument("<FILE:LINE:COLUMN>", "the caret; lines and columns count from 1, columns in UTF-16 units")
    .option("--workspace <DIR>", "the folder that an editor would have open (default: the file's git repository)")
    .option("--json", "write JSON: prompt, snippets with sources, scores and tokens, sources with times, index")
    .option("--disable <SOURCE>", "do without a source; may be repeated", collect)
    .option("--model <DIR>", "folder of the model whose prompt it is (default: the one that comes with Horizon)")
    .addHelpText(
      "after",
      `\nSources: ${contextSources.map(({ name }) => name).join(", ")}\n\nExample:\n  horizon context src/app.py:12:5 --json`,
    )
    .action(showContext);
}

async function showContext(place: string, flags: ContextFlags): Promise<void> {
  const disabled = flags.disable ?? [];
  for (const name of disabled) {
    if (!contextSources.some((source) => source.name === name)) {
      const known = contextSources.map((source) => source.name).join(", ");
      throw new InputError(`--disable: there is no source "${name}". There are ${known}.`);
    }
  }
  const { location, workspace, installation, languages, document, offset } = await openPlace(place, flags.workspace);
  const signal = interruption();
  const model = await readPromptMaker(resolve(flags.model ?? installation.modelDirectory), signal);
  const buildPrompt = (parts: Parameters<typeof model.build>[0]): Prompt => model.build(parts, model.promptTokens);

  const request = { document, offset };
  const found = findSite(request, languages.get(document.languageId), model.promptTokens);
  if ("noAnswer" in found) {
    throw new InputError(`${location.file}: ${found.noAnswer.message}`);
  }
  let event: ContextEvent | undefined;
  let context: OpenContext | undefined;
  try {
    const started = performance.now();
    context = await openContext({
      installation,
      languages,
      workspace,
      document,
      settings: DEFAULT_SETTINGS,
      disabled,
      signal,
      onAnswer: (answer) => {
        event = answer;
      },
    });
    const indexed = performance.now();
    const stage = new ContextStage({
      provider: context.provider,
      model: { buildPrompt, promptTokens: model.promptTokens },
      onTimeOut: () => {},
    });
    const limits = { ...defaultCompletionSettings, contextLimit: Number.POSITIVE_INFINITY };
    const snippets = await stage.snippets(request, found.site, limits, signal);
    signal.throwIfAborted();
    const answered = performance.now();
    const parts = createPromptParts(document, found.site.context, { snippets });
    const prompt = buildPrompt(parts);
    const shown = (event?.snippets ?? []).filter((snippet) => prompt.snippets.includes(snippet));
    const answer: Shown = {
      prompt: {
        tokens: prompt.tokenIds.length,
        repository: parts.repository,
        path: parts.path,
        prefix: parts.prefix.slice(parts.prefix.length - prompt.prefixLength),
        suffix: parts.suffix.slice(0, prompt.suffixLength),
      },
      snippets: shown.map((snippet) => ({ ...snippet, tokens: stage.cost(snippet) })),
      sources: event?.answer.sources ?? [],
      milliseconds: { index: indexed - started, context: answered - indexed },
      index: context.index.status,
    };
    process.stdout.write(flags.json === true ? `${JSON.stringify(answer, undefined, 2)}\n` : describe(answer));
  } catch (error) {
    signal.throwIfAborted(); // whatever broke then broke because of that
    throw error;
  } finally {
    await context?.dispose();
    await languages.dispose();
  }
}

/** What `--json` writes. */
interface Shown {
  readonly prompt: {
    readonly tokens: number;
    readonly repository: string;
    readonly path: string;
    readonly prefix: string;
    readonly suffix: string;
  };
  /** In the prompt's order, the most useful last. */
  readonly snippets: readonly (ContextSnippet & { readonly tokens: number })[];
  readonly sources: ContextEvent["answer"]["sources"];
  readonly milliseconds: { readonly index: number; readonly context: number };
  readonly index: IndexStatus;
}

/** The same for people: the most useful first. */
function describe({ prompt, snippets, sources, milliseconds, index }: Shown): string {
  const tokens = snippets.reduce((sum, snippet) => sum + snippet.tokens, 0);
  const lines = [
    `${prompt.tokens} tokens in the prompt, ${tokens} of them in ${snippets.length} snippets; ` +
      `${prompt.prefix.length} characters before the caret and ${prompt.suffix.length} after it.`,
    `${index.files} files indexed in ${milliseconds.index.toFixed(0)} ms, asked in ${milliseconds.context.toFixed(1)} ms.`,
    "",
  ];
  for (const [place, snippet] of [...snippets].reverse().entries()) {
    const by = snippet.sources.map(({ name, rank }) => `${name} ${rank}`).join(", ");
    lines.push(
      `${place + 1}. ${snippet.path}:${snippet.start}-${snippet.end}, ${snippet.tokens} tokens, ` +
        `score ${snippet.score.toFixed(4)} (${by})`,
      ...snippet.text.split("\n").map((line) => `   | ${line}`),
      "",
    );
  }
  lines.push("Source               candidates    ms");
  for (const { name, candidates, milliseconds: time } of sources) {
    lines.push(`${name.padEnd(20)} ${String(candidates).padStart(10)} ${time.toFixed(1).padStart(5)}`);
  }
  return `${lines.join("\n")}\n`;
}
