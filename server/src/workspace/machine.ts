// What the machine says of itself: its battery, and how busy others keep its processors.
import { cpus } from "node:os";
import { battery } from "systeminformation";

/** What is known of a battery. */
export interface BatteryReading {
  readonly isOnBattery: boolean;
  /** In [0, 1]; undefined without a battery. */
  readonly charge: number | undefined;
}

/** Reads the battery. Never rejects: a machine that does not tell is taken for one on mains power. */
export async function readBattery(): Promise<BatteryReading> {
  try {
    const { hasBattery, acConnected, percent } = await battery();
    return hasBattery
      ? { isOnBattery: !acConnected, charge: percent / 100 }
      : { isOnBattery: false, charge: undefined };
  } catch {
    return { isOnBattery: false, charge: undefined };
  }
}

/** Milliseconds of all processors together, since the system was started. */
export interface ProcessorTimes {
  readonly busy: number;
  readonly total: number;
}

/** What the processors have done so far. */
export function readProcessorTimes(): ProcessorTimes {
  const times = cpus().map((processor) => processor.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const total = times.reduce((sum, { user, nice, sys, irq, idle: none }) => sum + user + nice + sys + irq + none, 0);
  return { busy: total - idle, total };
}

/**
 * Share of the processors' time between two readings that went to others.
 *
 * @param own milliseconds of processor time between them that were ours
 * @returns undefined where the system does not count
 */
export function othersLoadBetween(before: ProcessorTimes, after: ProcessorTimes, own: number): number | undefined {
  const total = after.total - before.total;
  return total <= 0 ? undefined : Math.min(1, Math.max(0, (after.busy - before.busy - own) / total));
}
