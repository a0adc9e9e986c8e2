// The part of OpenTelemetry's protocol (OTLP/HTTP 1.x) that a collector of logs needs: the request in both of its
// encodings, and the answer.
import protobuf from "protobufjs/light.js";
import { z } from "zod";
import { errorMessage } from "../errorMessage.js";

/** Something that is no OTLP request; the message says why. */
export class OtlpError extends Error {
  override readonly name = "OtlpError";
}

// Unknown fields are left out: newer senders may have more.
const anyValue = z.object({ stringValue: z.string().nullish() });
const request = z.object({
  resourceLogs: z
    .array(
      z.object({
        scopeLogs: z
          .array(z.object({ logRecords: z.array(z.object({ body: anyValue.nullish() })).nullish() }))
          .nullish(),
      }),
    )
    .nullish(),
});

/** The fields of opentelemetry/proto/collector/logs/v1/logs_service.proto that are read; the numbers are the protocol's. */
const messages = protobuf.Root.fromJSON({
  nested: {
    AnyValue: { fields: { stringValue: { type: "string", id: 1 } } },
    LogRecord: { fields: { body: { type: "AnyValue", id: 5 } } },
    ScopeLogs: { fields: { logRecords: { rule: "repeated", type: "LogRecord", id: 2 } } },
    ResourceLogs: { fields: { scopeLogs: { rule: "repeated", type: "ScopeLogs", id: 2 } } },
    Request: { fields: { resourceLogs: { rule: "repeated", type: "ResourceLogs", id: 1 } } },
    PartialSuccess: {
      fields: { rejectedLogRecords: { type: "int64", id: 1 }, errorMessage: { type: "string", id: 2 } },
    },
    Response: { fields: { partialSuccess: { type: "PartialSuccess", id: 1 } } },
    /** google.rpc.Status, which errors are told in. */
    Status: { fields: { code: { type: "int32", id: 1 }, message: { type: "string", id: 2 } } },
  },
});
const Request = messages.lookupType("Request");
const Response = messages.lookupType("Response");
const Status = messages.lookupType("Status");

/** How a request is encoded, and so its answer. */
export type Encoding = "json" | "protobuf";

/** The encoding that a `Content-Type` names; undefined for another one. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  return type === "application/json" ? "json" : type === "application/x-protobuf" ? "protobuf" : undefined;
}

/**
 * The bodies of the log records of a request. A record whose body is no text is undefined.
 *
 * @throws {OtlpError} when it is no such request
 */
export function readLogBodies(bytes: Uint8Array, encoding: Encoding): readonly (string | undefined)[] {
  let value: unknown;
  try {
    value =
      encoding === "json"
        ? JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
        : Request.toObject(Request.decode(bytes));
  } catch (error) {
    throw new OtlpError(`The request cannot be read as ${encoding}: ${errorMessage(error)}`);
  }
  const parsed = request.safeParse(value);
  if (!parsed.success) {
    throw new OtlpError(`The request is no ExportLogsServiceRequest: ${z.prettifyError(parsed.error)}`);
  }
  return (parsed.data.resourceLogs ?? []).flatMap(({ scopeLogs }) =>
    (scopeLogs ?? []).flatMap(({ logRecords }) => (logRecords ?? []).map(({ body }) => body?.stringValue ?? undefined)),
  );
}

/** What the answer of a batch says that was not taken whole. */
export interface PartialSuccess {
  readonly rejectedLogRecords: number;
  readonly errorMessage: string;
}

/** The answer to a batch that was taken; records that were refused for good are counted in it. */
export function writeResponse(encoding: Encoding, partialSuccess: PartialSuccess | undefined): Uint8Array {
  const response = partialSuccess === undefined ? {} : { partialSuccess };
  return encoding === "json"
    ? new TextEncoder().encode(JSON.stringify(response))
    : Response.encode(Response.fromObject(response)).finish();
}

/** The answer to a request that was refused. */
export function writeStatus(encoding: Encoding, message: string): Uint8Array {
  return encoding === "json"
    ? new TextEncoder().encode(JSON.stringify({ message }))
    : Status.encode(Status.fromObject({ message })).finish();
}
