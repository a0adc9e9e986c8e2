// A process that sends a store's events until somebody kills it: node sendingProcess.js HOME ENDPOINT.
import path from "node:path";
import { sendEvents } from "../../server/src/telemetry/sender.js";

const [home, endpoint] = process.argv.slice(2);
if (home === undefined || endpoint === undefined) throw new Error("name a folder and an address");

void send(home, endpoint);

async function send(home: string, endpoint: string): Promise<void> {
  const result = await sendEvents(
    {
      directory: path.join(home, "events"),
      home,
      receiver: { endpoint },
      agreement: { since: 0, endpoint, schemaVersion: 1 },
      fields: {},
    },
    new AbortController().signal,
  );
  process.stdout.write(`ended ${JSON.stringify(result)}\n`);
}
