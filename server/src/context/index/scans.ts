// The walks through workspace folders that go on, a step at a time, one folder after the other.
import { type LeftOutReason, type WalkOptions, type WalkStep, walk } from "./walk.js";
import type { WorkspaceRoot } from "./workspaceRoot.js";

/** A walk that goes on. */
export interface Scan {
  readonly root: WorkspaceRoot;
  /** The folder that is walked, relative to the root; empty for all of it. */
  readonly below: string;
  /** Later walks have higher numbers. */
  readonly number: number;
  /** What was left out so far. */
  readonly leftOut: Map<LeftOutReason, number>;
  /** What could not be read so far, with the system's words. */
  readonly unreadable: string[];
}

/** What a step came to; `lost`: the folder itself cannot be listed. After `ended` and `lost` the walk is over. */
export type ScanStep =
  | { readonly type: "file"; readonly scan: Scan; readonly file: WalkStep & { readonly type: "file" } }
  | { readonly type: "leftOut"; readonly scan: Scan }
  | { readonly type: "ended"; readonly scan: Scan }
  | { readonly type: "lost"; readonly scan: Scan; readonly error: unknown };

/** Walks that wait, and the one that is under way. */
export class Scans {
  readonly #options: Omit<WalkOptions, "inner" | "towards">;
  #running: { readonly scan: Scan; readonly steps: Generator<WalkStep, void, void> }[] = [];
  #number = 0;

  constructor(options: Omit<WalkOptions, "inner" | "towards">) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#running.length === 0;
  }

  /** Of the walk that began last. */
  get number(): number {
    return this.#number;
  }

  /** Walks a root, or a folder in it, in place of walks of the same that have not ended. @param towards see WalkOptions */
  start(root: WorkspaceRoot, below = "", towards: WalkOptions["towards"] = undefined): void {
    this.#running = this.#running.filter(({ scan }) => scan.root !== root || (below !== "" && scan.below !== below));
    const options: WalkOptions = { ...this.#options, inner: root.inner, ...(towards && { towards }) };
    this.#running.push({
      scan: { root, below, number: ++this.#number, leftOut: new Map(), unreadable: [] },
      steps: walk(root.directory, options, below),
    });
  }

  /** Ends the walks of a root. */
  drop(root: WorkspaceRoot): void {
    this.#running = this.#running.filter(({ scan }) => scan.root !== root);
  }

  /** Goes on with the oldest walk; undefined when there is none. */
  step(): ScanStep | undefined {
    const [first] = this.#running;
    if (first === undefined) return undefined;
    const { scan, steps } = first;
    let next: IteratorResult<WalkStep, void>;
    try {
      next = steps.next();
    } catch (error) {
      this.#running.shift();
      return { type: "lost", scan, error };
    }
    if (next.done === true) {
      this.#running.shift();
      return { type: "ended", scan };
    }
    const step = next.value;
    if (step.type === "file") return { type: "file", scan, file: step };
    scan.leftOut.set(step.reason, (scan.leftOut.get(step.reason) ?? 0) + 1);
    if (step.message !== undefined) scan.unreadable.push(`${step.path}: ${step.message}`);
    return { type: "leftOut", scan };
  }
}
