// One completion that several requests wait for: who is answered when, and when the model is told to stop.
import { describe, expect, it, vi } from "vitest";
import type { Completion, CompletionResult, CompletionUpdate } from "../../../server/src/completion/completion.js";
import { CompletionRun, type RunProgress } from "../../../server/src/features/completionRun.js";

const completion = (text: string): Completion => ({
  text,
  range: { start: 0, end: 0 },
  logProbability: -1,
  horizon: null,
  stopReason: "endOfMiddle",
  tokens: 1,
});

const result = (...texts: readonly string[]): CompletionResult => ({
  completions: texts.map(completion),
  timings: { pause: 0, context: 0, prompt: 0, prefill: 0, firstLine: 0, decode: 0, total: 0 },
  prompt: { tokens: 0, reusedTokens: 0, snippets: [] },
  model: { id: "test", sha256: "" },
});

const never = new AbortController().signal;

/** An engine that writes what the test tells it to, when the test tells it to. */
class Script {
  readonly #steps: ((text: string) => void)[] = [];
  readonly #texts: Promise<string>[] = [];
  signal: AbortSignal | undefined;

  constructor(readonly count: number) {
    for (let index = 0; index < count; index++) {
      this.#texts.push(new Promise((resolve) => this.#steps.push(resolve)));
    }
  }

  write(index: number, text: string): void {
    this.#steps[index]?.(text);
  }

  readonly start = async (signal: AbortSignal): Promise<AsyncGenerator<CompletionUpdate, CompletionResult>> => {
    this.signal = signal;
    return this.#generate();
  };

  async *#generate(): AsyncGenerator<CompletionUpdate, CompletionResult> {
    let last = "";
    for (const text of this.#texts) {
      last = await text;
      yield { completion: completion(last) };
    }
    return result(last);
  }
}

describe("CompletionRun", () => {
  it("answers with the first line while the rest is being written, then tells about the rest", async () => {
    const script = new Script(2);
    const progress: RunProgress[] = [];
    const run = new CompletionRun(script.start, { onProgress: (update) => progress.push(update) });
    const first = run.wait("firstLine", never);
    script.write(0, "a");
    expect((await first)?.text).toBe("a");
    expect(progress).toEqual([]);
    script.write(1, "a\nb");
    expect((await run.wait("end", never))?.text).toBe("a\nb");
    expect(progress.map(({ completion, isDone }) => [completion?.text, isDone])).toEqual([
      ["a\nb", false],
      ["a\nb", true],
    ]);
  });

  it("answers a repeated question at once with what is known by then", async () => {
    const script = new Script(2);
    const run = new CompletionRun(script.start);
    script.write(0, "a");
    await run.wait("firstLine", never);
    script.write(1, "a\nb");
    await run.wait("end", never);
    expect((await run.wait("firstLine", never))?.text).toBe("a\nb");
  });

  it("stops the model when the only one who waits gives up", async () => {
    const script = new Script(1);
    const run = new CompletionRun(script.start);
    const caller = new AbortController();
    const answer = run.wait("firstLine", caller.signal);
    caller.abort();
    expect(await answer).toBeUndefined();
    expect(run.isCancelled).toBe(true);
    expect(script.signal?.aborted).toBe(true);
  });

  it("goes on while somebody else waits", async () => {
    const script = new Script(1);
    const run = new CompletionRun(script.start);
    const caller = new AbortController();
    const impatient = run.wait("firstLine", caller.signal);
    const patient = run.wait("firstLine", never);
    caller.abort();
    await impatient;
    expect(run.isCancelled).toBe(false);
    script.write(0, "a");
    expect((await patient)?.text).toBe("a");
  });

  it("goes on after its first line was shown, though that request is over", async () => {
    const script = new Script(2);
    const run = new CompletionRun(script.start);
    const caller = new AbortController();
    script.write(0, "a");
    await run.wait("firstLine", caller.signal);
    caller.abort();
    expect(run.isCancelled).toBe(false);
  });

  it("says nothing more once it is cancelled", async () => {
    const script = new Script(2);
    const onProgress = vi.fn();
    const ended = new Promise<unknown>((resolve) => {
      const run = new CompletionRun(script.start, { onProgress, onEnd: resolve });
      script.write(0, "a");
      void run.wait("firstLine", never).then(() => {
        run.cancel();
        script.write(1, "a\nb");
      });
    });
    expect(await ended).toEqual({ result: undefined });
    expect(onProgress).not.toHaveBeenCalled();
  });

  it("has nothing to show when there is no model, or nothing good", async () => {
    expect(await new CompletionRun(async () => undefined).wait("firstLine", never)).toBeUndefined();
    const empty = new CompletionRun(async () =>
      // biome-ignore lint/correctness/useYield: an engine with nothing to say
      (async function* (): AsyncGenerator<CompletionUpdate, CompletionResult> {
        return result();
      })(),
    );
    expect(await empty.wait("end", never)).toBeUndefined();
  });

  it("gives an error to who waits and to its listener", async () => {
    const error = new Error("the model died");
    const onEnd = vi.fn();
    const run = new CompletionRun(() => Promise.reject(error), { onEnd });
    await expect(run.wait("firstLine", never)).rejects.toBe(error);
    expect(onEnd).toHaveBeenCalledExactlyOnceWith({ error });
  });
});
