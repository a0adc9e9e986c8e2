// Loads a model and completes in real code, as the server does, and prints for how long its event loop was blocked:
// run by modelEventLoop.test.ts in a process of its own, where nothing is compiled or cached yet.
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { PromptParts } from "../../server/src/inference/generation.js";
import { loadModel } from "../../server/src/inference/loadModel.js";

/** Longest blocks of the event loop, in milliseconds. */
export interface EventLoopReport {
  readonly load: number;
  readonly completion: number;
  readonly tokens: number;
}

/**
 * Milliseconds for which the main thread was ready to run but another program had its processor (Linux); else 0. They are
 * the machine's load, not a block of ours.
 */
function waitedForProcessor(): number {
  try {
    const [, waited] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ");
    return Number(waited) / 1e6;
  } catch {
    return 0;
  }
}

/** Measures from one turn of a timer to the next; returns a function that tells the longest since it was last asked. */
function watchEventLoop(): () => Promise<number> {
  let longest = 0;
  let last = performance.now();
  let lastWaited = waitedForProcessor();
  setInterval(() => {
    const now = performance.now();
    const waited = waitedForProcessor();
    longest = Math.max(longest, now - last - (waited - lastWaited));
    last = now;
    lastWaited = waited;
  }, 1).unref();
  return async () => {
    // What blocked last is known one turn later.
    await setTimeout(2);
    const result = longest;
    longest = 0;
    return result;
  };
}

async function main(directory: string, hostScript: string, codeFile: string): Promise<void> {
  const block = watchEventLoop();
  await block();
  const model = await loadModel({ directory, hostScript });
  const load = await block();

  const code = readFileSync(codeFile, "utf8");
  // A document of more than 10 MB, of which only the end may be looked at; one piece of memory, as a document is.
  const huge = Buffer.from(code.repeat(Math.ceil(1e7 / code.length))).toString();
  const { middle: _middle, ...known } = model.manifest.selfTest;
  await block();
  let tokens = 0;
  const complete = async (parts: Omit<PromptParts, "snippets">): Promise<void> => {
    const prompt = model.buildPrompt({ ...parts, snippets: [] });
    for await (const _ of model.generate(prompt, { maxTokens: 32, signal: new AbortController().signal })) tokens++;
  };
  await complete(known);
  for (const caret of [20_000, 40_000, huge.length - 5000]) {
    for (let typed = 0; typed < 12; typed++) {
      const [prefix, suffix] = [huge.slice(0, caret + typed), huge.slice(caret + typed)];
      await complete({ repository: "probe", path: "lib/a.js", prefix, suffix });
    }
  }
  const completion = await block();
  await model.dispose();
  const report: EventLoopReport = { load, completion, tokens };
  process.stdout.write(JSON.stringify(report));
}

const [directory = "", hostScript = "", codeFile = ""] = process.argv.slice(2);
void main(directory, hostScript, codeFile);
