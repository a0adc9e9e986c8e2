// What the collector tells Prometheus of itself.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Added } from "./storage/storage.js";

/** Counters and times of one collector. */
export class CollectorMetrics {
  readonly registry = new Registry();
  readonly #events = new Counter({
    name: "horizon_events_total",
    help: "Events by what became of them.",
    labelNames: ["result"] as const,
    registers: [this.registry],
  });
  readonly #requests = new Counter({
    name: "horizon_requests_total",
    help: "Requests to /v1/logs by status.",
    labelNames: ["status"] as const,
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: "horizon_request_seconds",
    help: "Time from a request's head to its answer.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [this.registry],
  });
  readonly #failures = new Counter({
    name: "horizon_storage_failures_total",
    help: "Writes that the database did not do.",
    registers: [this.registry],
  });

  /** @param waiting how many events are not on the disk yet */
  constructor(waiting: () => number) {
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: "horizon_events_waiting",
      help: "Events that wait for the disk.",
      registers: [this.registry],
      collect() {
        this.set(waiting());
      },
    });
  }

  added({ added, duplicates, refused }: Added): void {
    this.#events.inc({ result: "added" }, added);
    this.#events.inc({ result: "duplicate" }, duplicates);
    this.#events.inc({ result: "refused" }, refused);
  }

  rejected(count: number): void {
    this.#events.inc({ result: "rejected" }, count);
  }

  failed(): void {
    this.#failures.inc();
  }

  answered(status: number, milliseconds: number): void {
    this.#requests.inc({ status });
    this.#seconds.observe(milliseconds / 1000);
  }
}
