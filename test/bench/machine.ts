// What a benchmark says of the machine that it ran on.
import { availableParallelism, cpus, loadavg } from "node:os";
import { round } from "./statistics.js";

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly platform: string;
  readonly node: string;
  /** Of the last minute: what else ran here. */
  readonly loadAverage: number;
}

/** The machine as it is now. */
export function thisMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    processors: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    loadAverage: round(loadavg()[0] ?? 0, 2),
  };
}

/** The machine in a line. */
export function describeMachine({ processor, processors, platform, node, loadAverage }: Machine): string {
  return `${processor}, ${processors} processors, ${platform}, Node ${node}, load ${loadAverage}`;
}
