// Sends batches of events as OpenTelemetry log records over OTLP/HTTP, by the OpenTelemetry SDK. One event is one
// record, and its body is the event's JSON, exactly as the user can look at it.
import { SeverityNumber } from "@opentelemetry/api-logs";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, type LogRecordProcessor, type ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { errorMessage } from "../errorMessage.js";
import { schemaVersion } from "./definitions.js";
import type { TelemetryEvent } from "./event.js";

/** How a batch fared. */
export type ExportResult =
  /** The receiver has it. */
  | { readonly type: "taken" }
  /** The receiver will never take it as it is. */
  | { readonly type: "refused"; readonly message: string }
  /** Nothing will be taken until somebody changes something: the address, or the token. */
  | { readonly type: "blocked"; readonly message: string }
  /** Not now. */
  | { readonly type: "failed"; readonly message: string };

/** Whom events are sent to. */
export interface Receiver {
  /** Address with its path, `…/v1/logs`. */
  readonly endpoint: string;
  /** Goes as `authorization: Bearer`; undefined for none. */
  readonly token?: string | undefined;
  /** Milliseconds for one batch, the SDK's own retries included. */
  readonly timeout?: number;
}

/** Keeps the records of one batch until they are exported. */
class Batch implements LogRecordProcessor {
  records: ReadableLogRecord[] = [];

  onEmit(record: ReadableLogRecord): void {
    this.records.push(record);
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

/** Exports to one receiver; `close` it. */
export class OtlpExporter {
  readonly #batch = new Batch();
  readonly #provider: LoggerProvider;
  readonly #exporter: OTLPLogExporter;

  constructor({ endpoint, token, timeout = 20_000 }: Receiver) {
    [this.#provider, this.#exporter] = withoutOpenTelemetryVariables(() => [
      new LoggerProvider({
        // Nothing of the machine: the SDK's detectors would add its name.
        resource: resourceFromAttributes({ "service.name": "horizon" }),
        processors: [this.#batch],
      }),
      new OTLPLogExporter({
        url: endpoint,
        timeoutMillis: timeout,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        compression: CompressionAlgorithm.GZIP,
      }),
    ]);
  }

  /** Sends a batch. Never rejects. */
  async send(events: readonly TelemetryEvent[]): Promise<ExportResult> {
    const logger = this.#provider.getLogger("horizon.telemetry", String(schemaVersion));
    for (const event of events) {
      logger.emit({
        eventName: `horizon.${event.kind}`,
        timestamp: Date.parse(event.time),
        severityNumber: SeverityNumber.INFO,
        body: JSON.stringify(event),
        attributes: { "horizon.event.id": event.id },
      });
    }
    const { records } = this.#batch;
    this.#batch.records = [];
    return new Promise((resolve) => {
      this.#exporter.export(records, ({ error }) => {
        resolve(error === undefined ? { type: "taken" } : resultOf(error));
      });
    });
  }

  async close(): Promise<void> {
    await this.#provider.shutdown();
    await this.#exporter.shutdown();
  }
}

/**
 * The SDK adds what the environment says to what it is told: headers with keys, certificates, limits. Those are for the
 * receiver of the user's own programs. It reads them while it is constructed, and nothing else runs meanwhile.
 */
function withoutOpenTelemetryVariables<Made>(construct: () => Made): Made {
  const variables = Object.entries(process.env).filter(([name]) => name.startsWith("OTEL_"));
  for (const [name] of variables) {
    delete process.env[name];
  }
  try {
    return construct();
  } finally {
    Object.assign(process.env, Object.fromEntries(variables));
  }
}

function resultOf(error: Error): ExportResult {
  const status = (error as { readonly code?: unknown }).code;
  const message = `${typeof status === "number" ? `${status} ` : ""}${errorMessage(error)}`.trim();
  if (typeof status !== "number" || status >= 500) {
    return { type: "failed", message };
  }
  // What is wrong with the batch itself; everything else is wrong for every batch.
  return [400, 413, 415, 422].includes(status) ? { type: "refused", message } : { type: "blocked", message };
}
