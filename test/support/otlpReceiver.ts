// A receiver of OTLP/HTTP log records in its JSON form, for tests of the sender: keeps what it is sent, and fails on demand.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** One request as it came. */
export interface ReceivedBatch {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The events' JSON, as it was sent. */
  readonly bodies: readonly string[];
  /** All of the request. */
  readonly text: string;
}

/** What a batch is answered with; "lost" takes it and breaks the connection before it says so. */
export type Answer = number | "lost";

/** Listens on 127.0.0.1. */
export class OtlpReceiver {
  readonly batches: ReceivedBatch[] = [];
  /** Says how a batch is answered; what is answered with 200 or "lost" is kept. */
  answer: (batch: ReceivedBatch) => Answer = () => 200;
  readonly #server: Server;
  /** Where it listens, or did. */
  endpoint = "";

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const raw = Buffer.concat(chunks);
        const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString("utf8");
        const batch = { headers: request.headers, bodies: bodiesOf(JSON.parse(text)), text };
        const answer = receiver.answer(batch);
        if (answer === 200 || answer === "lost") {
          receiver.batches.push(batch);
        }
        if (answer === "lost") {
          response.destroy();
        } else {
          response.writeHead(answer, { "content-type": "application/json" }).end("{}");
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    receiver.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
    return receiver;
  }

  /** Ids of the events, each as often as it came. */
  get ids(): string[] {
    return this.batches.flatMap(({ bodies }) => bodies.map((body) => (JSON.parse(body) as { id: string }).id));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface Request {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly body: { readonly stringValue: string } }[];
    }[];
  }[];
}

function bodiesOf(request: Request): string[] {
  return request.resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords.map(({ body }) => body.stringValue)),
  );
}
