// Looks at the processes of this machine (Linux), to find Horizon's server and the model's process and to end them.
import { readdirSync, readFileSync } from "node:fs";

/** One running process. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments. */
  readonly commandLine: readonly string[];
}

/** Everything that a process has started, and what that has started, and so on. */
export function descendantsOf(pid: number): RunningProcess[] {
  const all = runningProcesses();
  const found: RunningProcess[] = [];
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map((child) => child.pid));
  }
  return found;
}

function runningProcesses(): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const pid = Number(name);
      try {
        const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
        // A zombie has ended; only its parent has not looked yet.
        return state === "Z" ? [] : [{ pid, parent: Number(parent), commandLine }];
      } catch {
        return []; // ended while we looked
      }
    });
}
