// The collector's HTTP server: POST /v1/logs takes events, DELETE /v1/users/ID forgets a user, /health and /metrics tell
// how it is.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorMessage } from "../errorMessage.js";
import { CollectorMetrics } from "./collectorMetrics.js";
import { checkRecords } from "./intake.js";
import { type Encoding, encodingOf, OtlpError, readLogBodies, writeResponse, writeStatus } from "./otlp.js";
import { RateLimit } from "./rateLimit.js";
import { BodyError, readBody, TooLargeError } from "./readBody.js";
import { GroupCommit } from "./storage/groupCommit.js";
import { type Storage, StorageError } from "./storage/storage.js";
import { bearerToken, hashToken } from "./tokens.js";

export interface CollectorOptions {
  readonly storage: Storage;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that events are kept. */
  readonly retention: number;
  /** Events that one token may send each second; it may send ten times as many at once. */
  readonly eventsPerSecond: number;
  /** Tells the operator of something; a line. */
  readonly log: (line: string) => void;
}

/** Most bytes of a batch, packed and unpacked: fifty events are 50 kB. */
export const mostBytes = 4 * 1024 * 1024;

/** Most bytes that are read of a batch that is refused. */
const mostThrownAway = 16 * mostBytes;

/** Most records of a batch. */
export const mostRecords = 1000;

/** Wrong tokens that one address may try each second. */
const wrongTokensPerSecond = 1;

/** Milliseconds for which a token is believed without asking the database again: so long may a revoked one go on. */
const tokenMemory = 10_000;

/** Milliseconds that a request may take to arrive. */
const requestTimeout = 30_000;

/** Seconds after which to come again when the database did not do it. */
const retryAfter = 5;

/** An answer that is no success. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Seconds after which to come again. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** A collector that listens. */
export interface RunningCollector {
  readonly port: number;
  /** Takes no new requests, answers those it has, and resolves when all is on the disk. */
  stop(): Promise<void>;
}

/** Starts to listen. */
export async function startCollector(
  options: CollectorOptions,
  listen: { readonly host: string; readonly port: number },
): Promise<RunningCollector> {
  const collector = new Collector(options);
  const server = createServer({ requestTimeout, headersTimeout: requestTimeout }, (request, response) => {
    void collector.handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => stop(server, collector),
  };
}

async function stop(server: Server, collector: Collector): Promise<void> {
  collector.isStopping = true;
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await closed;
  await collector.drain();
}

class Collector {
  isStopping = false;
  readonly #options: CollectorOptions;
  readonly #commit: GroupCommit;
  readonly #metrics: CollectorMetrics;
  readonly #eventLimit: RateLimit;
  readonly #wrongTokenLimit = new RateLimit(wrongTokensPerSecond, 10);
  /** Names of senders by the hash of their token, and until when that is believed. */
  readonly #known = new Map<string, { readonly name: string; readonly until: number }>();

  constructor(options: CollectorOptions) {
    this.#options = options;
    const { storage, now, eventsPerSecond } = options;
    this.#commit = new GroupCommit(
      (events) => storage.add(events, now()),
      (added) => this.#metrics.added(added),
    );
    this.#metrics = new CollectorMetrics(() => this.#commit.waiting);
    this.#eventLimit = new RateLimit(eventsPerSecond, 10 * eventsPerSecond);
  }

  drain(): Promise<void> {
    return this.#commit.drain();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const encoding = encodingOf(request.headers["content-type"]) ?? "json";
    const path = request.url?.split("?")[0] ?? "";
    try {
      await this.#route(request, response, path, encoding);
    } catch (error) {
      this.#refuse(request, response, encoding, error);
    }
    if (path === "/v1/logs") this.#metrics.answered(response.statusCode, performance.now() - started);
  }

  async #route(request: IncomingMessage, response: ServerResponse, path: string, encoding: Encoding): Promise<void> {
    const user = /^\/v1\/users\/([0-9a-f-]{36})$/i.exec(path)?.[1]?.toLowerCase();
    if (path === "/health" && request.method === "GET") {
      return this.#health(response);
    }
    if (path === "/metrics" && request.method === "GET") {
      const { registry } = this.#metrics;
      return this.#answer(response, 200, registry.contentType, await registry.metrics());
    }
    if (path === "/v1/logs" && request.method === "POST") {
      return this.#takeLogs(request, response, encoding);
    }
    if (user !== undefined && request.method === "DELETE") {
      await this.#authenticate(request);
      const deleted = await this.#options.storage.deleteUser(user, this.#options.now());
      return this.#answer(response, 200, "application/json", JSON.stringify({ deleted }));
    }
    throw new Refusal(404, "there is POST /v1/logs, DELETE /v1/users/ID, GET /health and GET /metrics.");
  }

  async #takeLogs(request: IncomingMessage, response: ServerResponse, encoding: Encoding): Promise<void> {
    const sender = await this.#authenticate(request);
    if (encodingOf(request.headers["content-type"]) === undefined) {
      throw new Refusal(415, "content-type must be application/json or application/x-protobuf.");
    }
    const bodies = readLogBodies(await readBody(request, mostBytes), encoding);
    if (bodies.length > mostRecords) {
      throw new Refusal(413, `a batch may have ${mostRecords} records, this one has ${bodies.length}.`);
    }
    const wait = this.#eventLimit.take(sender, bodies.length, performance.now());
    if (wait > 0) {
      throw new Refusal(429, "this token sends more events than it may.", Math.ceil(wait));
    }
    const { events, rejected, reason } = checkRecords(bodies, this.#options.now(), this.#options.retention);
    this.#metrics.rejected(rejected);
    if (events.length > 0) await this.#commit.add(events);
    const partial = reason === undefined ? undefined : { rejectedLogRecords: rejected, errorMessage: reason };
    const type = encoding === "json" ? "application/json" : "application/x-protobuf";
    this.#answer(response, 200, type, writeResponse(encoding, partial));
  }

  /** The name of the token. */
  async #authenticate(request: IncomingMessage): Promise<string> {
    const token = bearerToken(request.headers.authorization);
    const now = this.#options.now();
    if (token !== undefined) {
      const hash = hashToken(token);
      const known = this.#known.get(hash);
      if (known !== undefined && known.until > now) {
        return known.name;
      }
      this.#known.delete(hash);
      const found = await this.#options.storage.findToken(hash);
      if (found !== undefined) {
        this.#known.set(hash, { name: found.name, until: now + tokenMemory });
        return found.name;
      }
    }
    const wait = this.#wrongTokenLimit.take(request.socket.remoteAddress ?? "", 1, performance.now());
    throw wait > 0
      ? new Refusal(429, "too many wrong tokens.", Math.ceil(wait))
      : new Refusal(401, "send Authorization: Bearer TOKEN with a token of this collector.");
  }

  async #health(response: ServerResponse): Promise<void> {
    try {
      await this.#options.storage.check();
      const status = this.isStopping ? "stopping" : "ok";
      this.#answer(response, this.isStopping ? 503 : 200, "application/json", JSON.stringify({ status }));
    } catch (error) {
      const health = { status: "failing", reason: errorMessage(error) };
      this.#answer(response, 503, "application/json", JSON.stringify(health));
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, encoding: Encoding, error: unknown): void {
    const { status, message, retryAfter: seconds } = this.#refusalOf(error);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    if (seconds !== undefined) response.setHeader("Retry-After", seconds);
    if (status === 401) response.setHeader("WWW-Authenticate", "Bearer");
    // A sender that is still writing would not see the answer if the connection closed: what it has left is read and
    // thrown away, unless it is very much.
    const isEndless = !(Number(request.headers["content-length"] ?? 0) <= mostThrownAway);
    if (!request.complete && isEndless) response.setHeader("Connection", "close");
    const type = encoding === "json" ? "application/json" : "application/x-protobuf";
    this.#answer(response, status, type, writeStatus(encoding, message));
    if (!request.complete) request.resume();
  }

  #refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof TooLargeError) return new Refusal(413, `a batch may have ${mostBytes} bytes.`);
    if (error instanceof BodyError || error instanceof OtlpError) return new Refusal(400, error.message);
    if (error instanceof StorageError) {
      this.#metrics.failed();
      this.#options.log(error.message);
      return new Refusal(503, "the events could not be stored; send them again later.", retryAfter);
    }
    this.#options.log(`unexpected: ${error instanceof Error ? error.stack : String(error)}`);
    return new Refusal(500, "unexpected error; the collector's log says more.");
  }

  #answer(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
    if (this.isStopping) response.setHeader("Connection", "close");
    response.writeHead(status, { "Content-Type": type, "X-Content-Type-Options": "nosniff" }).end(body);
  }
}
