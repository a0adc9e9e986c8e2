// A server's and a client's end of a real LSP connection, within this process.
import { PassThrough } from "node:stream";
import { type Connection, createConnection } from "vscode-languageserver/node";
import {
  type ClientCapabilities,
  createProtocolConnection,
  InitializedNotification,
  type InitializeParams,
  InitializeRequest,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import type { Feature } from "../../../server/src/features/feature.js";

/** Both ends; `settle` resolves when everything that was sent so far in either direction has been handled. */
export interface Ends {
  readonly client: ProtocolConnection;
  settle(): Promise<void>;
}

const PING = "test/ping";

/** Connects features to a client and goes through `initialize` and `initialized`. */
export async function connect(
  features: readonly Feature[],
  {
    capabilities = {},
    prepare,
    ...params
  }: Partial<InitializeParams> & {
    readonly capabilities?: ClientCapabilities;
    /** Installs the client's handlers. */
    readonly prepare?: (client: ProtocolConnection) => void;
  } = {},
): Promise<Ends> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const server: Connection = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient));
  const client = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  server.onInitialize((given) => {
    const all = features.map((feature) => feature.initialize(given));
    for (const feature of features) {
      feature.register(server);
    }
    return { capabilities: Object.assign({}, ...all) };
  });
  const initialized = new Promise<void>((resolve, reject) => {
    server.onInitialized(async () => {
      try {
        for (const feature of features) {
          await feature.initialized?.();
        }
        resolve();
      } catch (error) {
        reject(error);
      }
    });
  });
  server.onRequest(PING, () => null);
  client.onRequest(PING, () => null);
  prepare?.(client);
  server.listen();
  client.listen();
  await client.sendRequest(InitializeRequest.type, { processId: null, rootUri: null, ...params, capabilities });
  await client.sendNotification(InitializedNotification.type, {});
  await initialized;
  return {
    client,
    settle: async () => {
      await client.sendRequest(PING);
      await server.sendRequest(PING);
    },
  };
}
