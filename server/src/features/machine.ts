// Watches the battery and the load, and tells the engine and the status bar what may be asked of the machine.
import { Emitter, type Event, type ServerCapabilities } from "vscode-languageserver/node";
import { type MachineReading, type Pressure, pressureOf } from "../completion/pressure.js";
import {
  type BatteryReading,
  othersLoadBetween,
  type ProcessorTimes,
  readBattery,
  readProcessorTimes,
} from "../workspace/machine.js";
import type { Feature } from "./feature.js";

/** Milliseconds between two looks at the load: long enough that one compiled file does not count, short enough to feel. */
const loadPeriod = 5000;

/** Looks at the load for each look at the battery, which on some systems starts a process. */
const looksPerBattery = 12;

/** How the machine is asked; the system's own means where not given. */
export interface MachineProbes {
  readonly readBattery: () => Promise<BatteryReading>;
  readonly readProcessorTimes: () => ProcessorTimes;
  /** Milliseconds of processor time that Horizon has taken so far. */
  readonly ownTime: () => number;
}

/** Knows how hard pressed the machine is. */
export class Machine implements Feature {
  readonly #probes: MachineProbes;
  readonly #changed = new Emitter<Pressure>();
  #battery: BatteryReading = { isOnBattery: false, charge: undefined };
  #before: { readonly times: ProcessorTimes; readonly own: number } | undefined;
  #pressure: Pressure = pressureOf({ isOnBattery: false, charge: undefined, othersLoad: undefined });
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;

  /** @param modelTime milliseconds that the model has computed so far, on all its threads together */
  constructor(modelTime: () => number, probes: Partial<MachineProbes> = {}) {
    this.#probes = {
      readBattery,
      readProcessorTimes,
      ownTime: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1000 + modelTime();
      },
      ...probes,
    };
  }

  get pressure(): Pressure {
    return this.#pressure;
  }

  /** Fires when the level or its reason is another. */
  readonly onDidChange: Event<Pressure> = this.#changed.event;

  initialize(): ServerCapabilities {
    return {};
  }

  register(): void {}

  async initialized(): Promise<void> {
    this.#timer = setInterval(() => void this.look(), loadPeriod).unref();
    // Not awaited: to read a battery may take a second, and nothing depends on it yet.
    void this.look();
  }

  async dispose(): Promise<void> {
    clearInterval(this.#timer);
    this.#changed.dispose();
  }

  /** Looks at the machine now. */
  async look(): Promise<void> {
    if (this.#looks++ % looksPerBattery === 0) {
      this.#battery = await this.#probes.readBattery();
    }
    const times = this.#probes.readProcessorTimes();
    const own = this.#probes.ownTime();
    const before = this.#before;
    this.#before = { times, own };
    const othersLoad = before && othersLoadBetween(before.times, times, own - before.own);
    this.#take({ ...this.#battery, othersLoad });
  }

  #take(reading: MachineReading): void {
    const pressure = pressureOf(reading);
    const isOther = pressure.level !== this.#pressure.level || pressure.reason !== this.#pressure.reason;
    this.#pressure = pressure;
    if (isOther) {
      this.#changed.fire(pressure);
    }
  }
}
