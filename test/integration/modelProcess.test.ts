// The model's process: killed, crashing, left alone, closed. Everything here happens to real processes.
import { execFileSync, fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { describeExit, HostProcess } from "../../server/src/inference/backends/onnx/client.js";
import { HostSupervisor, mostRestarts, restartWindow } from "../../server/src/inference/backends/onnx/supervisor.js";
import { ModelError } from "../../server/src/inference/errors.js";
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";
import type { ModelState } from "../../server/src/inference/modelState.js";
import { collect, hostScript, knownPrompt, load, promptAt, temporaryDirectory } from "./modelSupport.js";

/** Resolves when no process has this id any more. */
async function gone(processId: number): Promise<void> {
  for (;;) {
    try {
      process.kill(processId, 0);
    } catch {
      return;
    }
    await setTimeout(5);
  }
}

/** Kills a model's process as soon as it has been asked to write, before it can. */
function killWhileWriting(model: HostedLanguageModel): Promise<{ text: string }> {
  const processId = model.processId as number;
  return collect(model, knownPrompt(model), {
    onPrefill: () => {
      // Stopped, it keeps the decode request that is sent right after this; then it dies with it.
      process.kill(processId, "SIGSTOP");
      setImmediate(() => process.kill(processId, "SIGKILL"));
    },
  });
}

describe("a model whose process is killed while it writes", () => {
  it("rejects that request with a typed error, starts again, and answers the next one", async () => {
    const states: ModelState[] = [];
    const model = await load({ onStateChange: (state) => states.push(state) });
    const expected = await collect(model, knownPrompt(model));
    const before = model.processId as number;
    states.length = 0;

    const killed = killWhileWriting(model);
    await expect(killed).rejects.toBeInstanceOf(ModelError);
    await expect(killed).rejects.toMatchObject({
      kind: "crashed",
      message: expect.stringMatching(/SIGKILL/),
    });

    expect(await collect(model, knownPrompt(model))).toEqual(expected);
    expect(model.processId).not.toBe(before);
    expect(states).toEqual([
      { state: "error", error: expect.objectContaining({ kind: "crashed" }), restarting: true },
      { state: "restarted", restarts: 1 },
    ]);
  });

  it("rejects the request that runs and answers those that wait behind it", async () => {
    const model = await load();
    const expected = await collect(model, knownPrompt(model));
    const killed = killWhileWriting(model);
    const waiting = collect(model, knownPrompt(model));
    await expect(killed).rejects.toMatchObject({ kind: "crashed" });
    expect(await waiting).toEqual(expected);
  });

  it("lets a request that waits for the restart be cancelled", async () => {
    const model = await load();
    await expect(killWhileWriting(model)).rejects.toMatchObject({ kind: "crashed" });
    const stop = new AbortController();
    const waiting = collect(model, knownPrompt(model), { signal: stop.signal });
    stop.abort();
    expect((await waiting).end).toBe("cancelled");
    expect((await collect(model, knownPrompt(model))).tokens.length).toBeGreaterThan(0);
  });

  it("comes back again and again", async () => {
    const model = await load();
    for (let round = 0; round < 3; round++) {
      await expect(killWhileWriting(model)).rejects.toMatchObject({ kind: "crashed" });
      expect((await collect(model, knownPrompt(model))).tokens.length).toBeGreaterThan(0);
    }
  });
});

describe("a model that is idle when its process is killed", () => {
  it("starts it again before anybody asks", async () => {
    let restarted = (): void => {};
    const again = new Promise<void>((resolve) => {
      restarted = resolve;
    });
    const model = await load({ onStateChange: (state) => state.state === "restarted" && restarted() });
    process.kill(model.processId as number, "SIGKILL");
    await again;
    expect((await collect(model, knownPrompt(model))).tokens.length).toBeGreaterThan(0);
  });
});

// Only Linux lets a test take memory away from a process that runs; elsewhere there is no such test.
const onLinux = process.platform === "linux" ? describe : () => {};

onLinux("a model whose process has no memory left", () => {
  it("says so, takes nothing down with it, and is started again with memory to work", async () => {
    const states: ModelState[] = [];
    const model = await load({ onStateChange: (state) => states.push(state) });
    const expected = await collect(model, knownPrompt(model));
    const before = model.processId as number;
    // The system gives this process no more address space than it has: the next large allocation fails for real.
    const pages = Number(readFileSync(`/proc/${before}/statm`, "utf8").split(" ")[0]);
    execFileSync("prlimit", [`--pid=${before}`, `--as=${pages * 4096}`]);

    const starved = collect(model, promptAt(model, 20_000));
    await expect(starved).rejects.toMatchObject({ kind: "outOfMemory", message: expect.stringMatching(/memory/) });
    expect(await collect(model, knownPrompt(model))).toEqual(expected);
    expect(model.processId).not.toBe(before);
    expect(states.slice(-2)).toMatchObject([
      { state: "error", error: { kind: "outOfMemory" }, restarting: true },
      { state: "restarted", restarts: 1 },
    ]);
  });
});

describe("a closed model", () => {
  it("has no process any more, and says so when it is asked", async () => {
    const model = await load();
    const processId = model.processId as number;
    await model.dispose();
    await gone(processId);
    expect(model.processId).toBeUndefined();
    await expect(collect(model, knownPrompt(model))).rejects.toMatchObject({ kind: "disposed" });
    await model.dispose();
  });

  it("rejects the request that was running", async () => {
    const model = await load();
    const running = collect(model, knownPrompt(model), { onPrefill: () => void model.dispose() });
    await expect(running).rejects.toMatchObject({ kind: "disposed" });
  });
});

describe("the model's process", () => {
  it("ends when the process that started it is killed", async () => {
    const directory = await temporaryDirectory();
    const parent = path.join(directory, "parent.cjs");
    await writeFile(
      parent,
      `const child = require("node:child_process").fork(${JSON.stringify(hostScript)}, [], { serialization: "advanced" });
       child.on("message", () => process.send(child.pid));
       child.send({ type: "memory", request: 1 });`,
    );
    const parentProcess = fork(parent, [], { stdio: "ignore" });
    const processId = await new Promise<number>((resolve) =>
      parentProcess.once("message", (id) => resolve(id as number)),
    );
    parentProcess.kill("SIGKILL");
    await gone(processId);
  });

  it("answers a request that it cannot fulfil, and lives on", async () => {
    const host = new HostProcess(hostScript);
    await expect(host.request({ type: "prefill", tokenIds: [1] })).rejects.toMatchObject({ kind: "inference" });
    expect((await host.request({ type: "memory" }))?.residentBytes).toBeGreaterThan(0);
    await host.close();
    await expect(host.request({ type: "memory" })).rejects.toMatchObject({ kind: "disposed" });
  });

  it("does not answer a request that was cancelled before it came", async () => {
    const host = new HostProcess(hostScript);
    expect(await host.request({ type: "memory" }, { signal: AbortSignal.abort() })).toBeUndefined();
    await host.close();
  });
});

describe("a process that cannot stay up", () => {
  /** A supervisor over processes that run a script of a test, and what it said and waited for. */
  async function supervise(script: string, load: (host: HostProcess) => Promise<void> = async () => {}) {
    const file = path.join(await temporaryDirectory(), "host.cjs");
    await writeFile(file, script);
    const states: ModelState[] = [];
    const delays: number[] = [];
    let settled = (): void => {};
    const gaveUp = new Promise<void>((resolve) => {
      settled = resolve;
    });
    const clock = { now: 0 };
    const supervisor = new HostSupervisor({
      startProcess: () => new HostProcess(file),
      load,
      onStateChange: (state) => {
        states.push(state);
        if (state.state === "error" && !state.restarting) settled();
      },
      delay: async (milliseconds) => delays.push(milliseconds),
      now: () => clock.now,
    });
    return { supervisor, states, delays, gaveUp, clock };
  }

  it("is started again three times within five minutes, with longer and longer waits, and then given up", async () => {
    const { supervisor, states, delays, gaveUp } = await supervise("process.stderr.write('no luck'); process.exit(3);");
    await supervisor.start();
    await gaveUp;
    expect(delays).toEqual([500, 2000]);
    expect(states.filter((state) => state.state === "restarted")).toHaveLength(3);
    const final = {
      kind: "crashed",
      message: expect.stringMatching(/3 times.*stays off.*Restart.*exit code 3.*no luck/),
    };
    expect(states.at(-1)).toMatchObject({ state: "error", error: final, restarting: false });
    await expect(supervisor.ready()).rejects.toMatchObject(final);
    await supervisor.dispose();
    await expect(supervisor.ready()).rejects.toMatchObject({ kind: "disposed" });
  });

  it("is started again for as long as it dies seldom", async () => {
    const { supervisor, states, clock } = await supervise("process.on('message', () => {});");
    await supervisor.start();
    for (let death = 0; death < 8; death++) {
      const before = supervisor.processId as number;
      process.kill(before, "SIGKILL");
      await vi.waitFor(
        () => expect(states.filter(({ state }) => state === "restarted")).toHaveLength(death + 1),
        10_000,
      );
      expect(supervisor.processId).not.toBe(before);
      clock.now += restartWindow / mostRestarts;
    }
    await supervisor.dispose();
  });

  it("fails at the first start without a second try", async () => {
    const { supervisor, states, delays } = await supervise("process.exit(1);", async (host) => {
      await host.request({ type: "memory" });
    });
    await expect(supervisor.start()).rejects.toMatchObject({
      kind: "crashed",
      message: expect.stringMatching(/exit code 1/),
    });
    expect(delays).toEqual([]);
    expect(states).toEqual([]);
    await supervisor.dispose();
  });

  it("is not started again after the model was closed", async () => {
    const { supervisor, states } = await supervise("process.on('message', () => process.exit(0));");
    await supervisor.start();
    await supervisor.dispose();
    expect(supervisor.processId).toBeUndefined();
    expect(states).toEqual([]);
  });

  it("that does not end when asked is killed", async () => {
    const { supervisor } = await supervise("setInterval(() => {}, 1000); process.on('message', () => {});");
    await supervisor.start();
    const processId = supervisor.processId as number;
    await supervisor.dispose();
    await gone(processId);
  });
});

describe("a process that dies by itself", () => {
  let directory: string;

  beforeAll(async () => {
    directory = await temporaryDirectory();
  });

  /** The error of a request to a process that runs a script of the test. */
  function deathOf(script: string): Promise<unknown> {
    const file = path.join(directory, "host.cjs");
    writeFileSync(file, script);
    return new HostProcess(file).request({ type: "memory" }).catch((error: unknown) => error);
  }

  it("by a crash in native code says so", async () => {
    // What a fault in the library looks like from outside.
    expect(await deathOf("process.kill(process.pid, 'SIGSEGV');")).toMatchObject({
      kind: "crashed",
      message: expect.stringMatching(/SIGSEGV.*crash in native code/),
    });
  });

  it("by lack of memory says so", async () => {
    vi.stubEnv("NODE_OPTIONS", "--max-old-space-size=16");
    const death = deathOf("const all = []; for (;;) all.push({ a: [1] });");
    vi.unstubAllEnvs();
    expect(await death).toMatchObject({
      kind: "outOfMemory",
      message: expect.stringMatching(/ran out of memory.*heap out of memory/s),
    });
  });

  it("by an error in its script quotes it", async () => {
    expect(await deathOf("throw new Error('what went wrong');")).toMatchObject({
      kind: "crashed",
      message: expect.stringContaining("what went wrong"),
    });
  });
});

describe("describeExit", () => {
  it.each([
    [0, null, "", "crashed", /exit code 0/],
    [null, "SIGKILL", "", "crashed", /SIGKILL.*memory/],
    [null, "SIGSEGV", "", "crashed", /crash in native code.*report/],
    [null, "SIGILL", "", "unsupportedPlatform", /lacks an instruction/],
    [null, "SIGABRT", "FATAL ERROR: Reached heap limit: JavaScript heap out of memory", "outOfMemory", /out of memory/],
    [134, null, "terminate called after throwing an instance of 'std::bad_alloc'", "outOfMemory", /bad_alloc/],
    [1, null, "Error: Cannot find module '/x/modelHost.js'", "load", /Install Horizon again.*modelHost/],
  ] as const)("of code %j and signal %j with output %j", (code, signal, output, kind, message) => {
    const error = describeExit(code, signal, output);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
  });

  it("quotes the end of a long output", () => {
    const message = describeExit(1, null, `${"x".repeat(10_000)}the end`).message;
    expect(message.length).toBeLessThan(2500);
    expect(message).toMatch(/the end$/);
  });
});
