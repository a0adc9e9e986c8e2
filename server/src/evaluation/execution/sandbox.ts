// Runs programs that nobody has read: in namespaces of their own with no network, on a file system that ends with them,
// under limits of time, memory, processes and files, with nothing of our environment.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { isMissing } from "../../workspace/fileError.js";
import { InputError } from "../../workspace/inputError.js";
import { type Program, withMarker } from "./program.js";

/** What a program may take. */
export interface SandboxLimits {
  /** Seconds of computing. HumanEval's authors allow three by the wall clock, but on a busy machine that is chance. */
  readonly processorSeconds: number;
  /** Milliseconds by the wall clock, for programs that wait. */
  readonly milliseconds: number;
  /** Bytes of address space of one process. An interpreter with numpy takes a third of it. */
  readonly memoryBytes: number;
  /** Processes and threads together. */
  readonly processes: number;
  /** Bytes of one file, and of all files together. */
  readonly fileBytes: number;
}

export const defaultLimits: SandboxLimits = {
  processorSeconds: 4,
  milliseconds: 20_000,
  memoryBytes: 1024 ** 3,
  processes: 32,
  fileBytes: 32 * 1024 ** 2,
};

/** How a program ended. */
export interface ExecutionOutcome {
  /** It came to its end, and every assertion held. */
  readonly passed: boolean;
  readonly timedOut: boolean;
  /** The end of what it wrote to standard error. */
  readonly errors: string;
}

/** Somewhere to run programs. */
export interface Sandbox {
  /** Rejects only when the signal aborts, or no process can be started. */
  run(program: Program, signal: AbortSignal): Promise<ExecutionOutcome>;
  dispose(): Promise<void>;
}

export interface SandboxOptions {
  /** Runs programs without a sandbox. */
  readonly isUnsafe: boolean;
  readonly signal: AbortSignal;
  readonly limits?: SandboxLimits;
}

/** Characters of a program's standard error, and output, that are kept. */
const keptOutput = 4000;

/** Users that a sandbox runs as when we are root: the limit of processes counts by user, and does not hold for root. */
const firstUser = 60_000;
const users = 5000;

const run = promisify(execFile);

/**
 * Opens a sandbox, after having seen that it holds.
 *
 * @throws {InputError} when this system has none; the message says why and what to do
 */
export async function openSandbox({ isUnsafe, signal, limits = defaultLimits }: SandboxOptions): Promise<Sandbox> {
  const python = await findPython(signal);
  const directory = await mkdtemp(join(tmpdir(), "horizon-run-"));
  if (isUnsafe) {
    return new UnsafeSandbox(python, directory, limits);
  }
  const sandbox = new NamespaceSandbox(python, directory, limits);
  try {
    const leak = process.platform === "linux" ? await findLeak(sandbox, directory, signal) : "it needs Linux";
    if (leak !== undefined) {
      throw new InputError(
        `This system has no sandbox for running tests: ${leak}. Run without --execute, on a Linux with user namespaces ` +
          "and util-linux 2.36 or later, or with --unsafe-execution in a machine that you can throw away.",
      );
    }
    return sandbox;
  } catch (error) {
    await sandbox.dispose();
    throw error;
  }
}

/** An interpreter, and what must be there for it to run. */
interface Interpreter {
  readonly executable: string;
  readonly home: string;
}

async function findPython(signal: AbortSignal): Promise<Interpreter> {
  const script = "import os, sys; print(os.path.realpath(sys.executable)); print(sys.base_prefix)";
  // The system's own first: nobody's home needs to be seen for it.
  for (const candidate of ["/usr/bin/python3", "python3", "python"]) {
    try {
      const { stdout } = await run(candidate, ["-I", "-c", script], { signal });
      const [executable = "", home = ""] = stdout.trim().split("\n");
      return { executable, home };
    } catch {
      signal.throwIfAborted();
    }
  }
  throw new InputError("--execute: there is no python3 to run the tests with. Install it, or run without --execute.");
}

/**
 * Builds a root of its own and runs the program in it. Arguments: the root's mount point, the interpreter's home, its
 * path, size of the file system, and the limits. Standard input is the program.
 */
const setup = `
set -eu
root=$1 home=$2 python=$3 size=$4 memory=$5 processes=$6 files=$7 seconds=$8 user=$9
mount -t tmpfs -o "size=$size,mode=755,nosuid,nodev" none "$root"
show() {
  mkdir -p "$root$1"
  mount --bind "$1" "$root$1"
  mount -o remount,bind,ro,nosuid,nodev "$root$1"
}
for path in /usr /bin /sbin /lib /lib32 /lib64; do
  if [ -L "$path" ]; then ln -s "$(readlink "$path")" "$root$path"
  elif [ -d "$path" ]; then show "$path"
  fi
done
case "$home/" in /usr/*) ;; *) show "$home" ;; esac
mkdir "$root/dev" "$root/tmp" "$root/work"
for device in null zero urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
chmod 1777 "$root/tmp" "$root/work"
cat > "$root/work/program.py"
chmod 644 "$root/work/program.py"
as_user=
if [ "$user" != 0 ]; then as_user="--reuid=$user --regid=$user --clear-groups"; fi
chroot "$root" \\
  env -i PATH=/usr/bin:/bin HOME=/work LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \\
  prlimit --as="$memory" --nproc="$processes" --fsize="$files" --cpu="$seconds" --nofile=64 --core=0 \\
  setpriv --no-new-privs $as_user --bounding-set=-all --inh-caps=-all \\
  sh -c 'cd /work && exec "$0" -I /work/program.py' "$python" < /dev/null
`;

class NamespaceSandbox implements Sandbox {
  readonly #python: Interpreter;
  readonly #directory: string;
  readonly #limits: SandboxLimits;
  #runs = 0;

  constructor(python: Interpreter, directory: string, limits: SandboxLimits) {
    this.#python = python;
    this.#directory = directory;
    this.#limits = limits;
  }

  async run(program: Program, signal: AbortSignal): Promise<ExecutionOutcome> {
    const { processorSeconds, milliseconds, memoryBytes, processes, fileBytes } = this.#limits;
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? firstUser + ((process.pid + this.#runs++) % users) : 0;
    const namespaces = ["--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child"];
    const asRoot = isRoot ? [] : ["--user", "--map-root-user"];
    const child = spawn(
      "unshare",
      [
        ...asRoot,
        ...namespaces,
        "sh",
        "-c",
        setup,
        "sandbox",
        this.#directory,
        this.#python.home,
        this.#python.executable,
        String(fileBytes),
        String(memoryBytes),
        String(processes),
        String(fileBytes),
        String(processorSeconds),
        String(user),
      ],
      { cwd: "/", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, stdio: ["pipe", "pipe", "pipe"] },
    );
    return watch(child, program, { milliseconds, signal, kill: () => child.kill("SIGKILL") });
  }

  async dispose(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Runs programs in a folder of their own, under our user, with a limit of time alone. */
class UnsafeSandbox implements Sandbox {
  readonly #python: Interpreter;
  readonly #directory: string;
  readonly #limits: SandboxLimits;

  constructor(python: Interpreter, directory: string, limits: SandboxLimits) {
    this.#python = python;
    this.#directory = directory;
    this.#limits = limits;
  }

  async run(program: Program, signal: AbortSignal): Promise<ExecutionOutcome> {
    const child = spawn(this.#python.executable, ["-I", "-"], {
      cwd: this.#directory,
      env: { PATH: "/usr/bin:/bin", HOME: this.#directory, LANG: "C.UTF-8" },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true, // a group of its own, which ends as a whole
    });
    const kill = (): void => {
      try {
        process.kill(-(child.pid ?? 0), "SIGKILL");
      } catch {
        child.kill("SIGKILL");
      }
    };
    return watch(child, program, { milliseconds: this.#limits.milliseconds, signal, kill });
  }

  async dispose(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

interface WatchOptions {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  readonly kill: () => void;
}

/** Gives a process its program, and waits for its end or ends it. */
async function watch(
  child: ChildProcess,
  program: Program,
  { milliseconds, signal, kill }: WatchOptions,
): Promise<ExecutionOutcome> {
  const marker = randomUUID().replaceAll("-", "");
  let timedOut = false;
  let output = "";
  let errors = "";
  // What is written beyond is read and thrown away: a full pipe would stop the program.
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-keptOutput);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-keptOutput);
  });
  child.stdin?.on("error", () => {}); // it ended before it had read all
  child.stdin?.end(withMarker(program, marker));
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, milliseconds);
  signal.addEventListener("abort", kill, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (status) => {
        // Grandchildren may hold the pipes open for ever: what was written by now counts.
        setImmediate(() => {
          kill();
          child.stdout?.destroy();
          child.stderr?.destroy();
        });
        child.once("close", () => resolve(status));
      });
    });
    signal.throwIfAborted();
    return { passed: code === 0 && !timedOut && output.endsWith(marker), timedOut, errors };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
}

/** Tries what a sandbox must not let through; says what it did let through, or why it does not run at all. */
async function findLeak(sandbox: Sandbox, directory: string, signal: AbortSignal): Promise<string | undefined> {
  const outside = join(dirname(directory), `${randomUUID()}.txt`);
  const listener = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  try {
    await writeFile(outside, "outside");
    const { port } = listener.address() as { port: number };
    const python = (text: string) => sandbox.run({ languageId: "python", text }, signal);
    const works = await python("assert 1 + 1 == 2\n");
    if (!works.passed) {
      return `a program cannot be run in it (${works.errors.trim().split("\n").at(-1) || "no message"})`;
    }
    const connects = `import socket\nsocket.create_connection(("127.0.0.1", ${port}), 2)\n`;
    if ((await python(connects)).passed) {
      return "a program in it reaches the network";
    }
    if ((await python(`open(${JSON.stringify(outside)})\n`)).passed) {
      return "a program in it sees our files";
    }
    const writes = `open(${JSON.stringify(`${outside}.new`)}, "w").write("x")\n`;
    await python(writes);
    if (existsSync(`${outside}.new`)) {
      return "a program in it writes our files";
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return isMissing(error) ? "there is no unshare" : String(error);
  } finally {
    await close(listener);
    await rm(outside, { force: true });
    await rm(`${outside}.new`, { force: true });
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
