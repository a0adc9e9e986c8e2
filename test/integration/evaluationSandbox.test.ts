// The sandbox holds: what a program in it tries, stays in it.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultLimits, openSandbox, type Sandbox } from "../../server/src/evaluation/execution/sandbox.js";
import { descendantsOf } from "../support/processTree.js";

const never = new AbortController().signal;

let sandbox: Sandbox;
let folder: string;
let listener: Server | undefined;
let connections = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-outside-"));
  await writeFile(path.join(folder, "secret.txt"), "secret");
  process.env.HORIZON_TEST_SECRET = "hunter2";
  sandbox = await openSandbox({
    isUnsafe: false,
    signal: never,
    limits: {
      ...defaultLimits,
      processorSeconds: 30,
      milliseconds: 3000,
      memoryBytes: 256 * 1024 ** 2,
      processes: 8,
      fileBytes: 4 * 1024 ** 2,
    },
  });
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  listener = server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  delete process.env.HORIZON_TEST_SECRET;
  await sandbox?.dispose();
  await new Promise((resolve) => listener?.close(resolve) ?? resolve(undefined));
  await rm(folder, { recursive: true });
});

function python(text: string) {
  return sandbox.run({ languageId: "python", text }, never);
}

describe("the sandbox", () => {
  it("tells right from wrong", async () => {
    expect(await python("assert sorted([2, 1]) == [1, 2]\n")).toMatchObject({ passed: true, timedOut: false });
    const wrong = await python("assert sorted([2, 1]) == [2, 1]\n");
    expect(wrong).toMatchObject({ passed: false, timedOut: false });
    expect(wrong.errors).toContain("AssertionError");
    expect((await python("def f(:\n")).passed).toBe(false);
  });

  it("does not take leaving early for passing", async () => {
    expect((await python("import sys\nsys.exit(0)\n")).passed).toBe(false);
    expect((await python("import os\nos._exit(0)\n")).passed).toBe(false);
  });

  it("ends an infinite loop, and all its processes", async () => {
    expect(await python("while True:\n    pass\n")).toMatchObject({ passed: false, timedOut: true });
    expect(await python("import os\nos.fork()\nwhile True:\n    pass\n")).toMatchObject({ passed: false });
    expect(descendantsOf(process.pid).filter(({ commandLine }) => commandLine.includes("/work/program.py"))).toEqual(
      [],
    );
  });

  it("ends a program that computes for too long", async () => {
    const short = await openSandbox({
      isUnsafe: false,
      signal: never,
      limits: { ...defaultLimits, processorSeconds: 1 },
    });
    const outcome = await short.run({ languageId: "python", text: "while True:\n    pass\n" }, never);
    expect(outcome).toMatchObject({ passed: false, timedOut: false });
    await short.dispose();
  });

  it("stops a fork bomb at its limit", async () => {
    const bomb = [
      "import os, time",
      "children = 0",
      "for _ in range(100):",
      "    try:",
      "        if os.fork() == 0:",
      "            time.sleep(60)",
      "        children += 1",
      "    except BlockingIOError:",
      "        break",
      "assert children < 10, children",
    ].join("\n");
    const { passed, errors } = await python(`${bomb}\n`);
    expect({ passed, errors }).toEqual({ passed: true, errors: "" });
  });

  it("stops a memory hog", async () => {
    const { passed, errors } = await python("x = bytearray(2 * 1024 ** 3)\n");
    expect(passed).toBe(false);
    expect(errors).toContain("MemoryError");
  });

  it("has no network", async () => {
    const address = listener?.address();
    const port = typeof address === "object" ? address?.port : undefined;
    expect(port).toBeGreaterThan(0);
    const { passed } = await python(`import socket\nsocket.create_connection(("127.0.0.1", ${port}), 2)\n`);
    expect(passed).toBe(false);
    expect(connections).toBe(0);
    expect((await python('import socket\nsocket.create_connection(("1.1.1.1", 53), 2)\n')).passed).toBe(false);
  });

  it("neither sees nor writes what is outside", async () => {
    const secret = path.join(folder, "secret.txt");
    expect((await python(`open(${JSON.stringify(secret)}).read()\n`)).passed).toBe(false);
    expect((await python(`open(${JSON.stringify(path.join(folder, "new.txt"))}, "w")\n`)).passed).toBe(false);
    expect((await python('open("/usr/horizon-was-here", "w")\n')).passed).toBe(false);
    expect((await python('open("/etc/passwd")\n')).passed).toBe(false);
    expect(existsSync(path.join(folder, "new.txt"))).toBe(false);
    expect(await readFile(secret, "utf8")).toBe("secret");
  });

  it("has a folder to write to, of limited size, that is gone afterwards", async () => {
    expect((await python('open("file.txt", "w").write("x")\nassert open("file.txt").read() == "x"\n')).passed).toBe(
      true,
    );
    expect((await python('open("file.txt")\n')).passed).toBe(false);
    const fill = 'for n in range(100):\n    open(f"f{n}", "wb").write(bytes(1024 ** 2))\n';
    const { passed, errors } = await python(fill);
    expect(passed).toBe(false);
    expect(errors).toMatch(/No space left|File too large/);
  });

  it("knows nothing of our environment, and has no rights", async () => {
    const program = [
      "import os",
      'assert "HORIZON_TEST_SECRET" not in os.environ, os.environ',
      'assert set(os.environ) <= {"PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE", "LC_CTYPE", "PWD", "OLDPWD"}, os.environ',
      'assert not os.path.exists("/proc/1/environ")',
      "try:",
      '    os.chroot("/tmp")',
      "except PermissionError:",
      "    pass",
      "else:",
      '    raise AssertionError("chroot")',
    ].join("\n");
    expect(await python(`${program}\n`)).toMatchObject({ passed: true, errors: "" });
  });

  it("is ended by a signal", async () => {
    const controller = new AbortController();
    const running = sandbox.run({ languageId: "python", text: "while True:\n    pass\n" }, controller.signal);
    controller.abort();
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
  });
});
