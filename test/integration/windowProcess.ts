// A window that records events until its input ends: node windowProcess.js HOME. It says whose events it has written.
import { randomUUID } from "node:crypto";
import { UserEvents } from "../../server/src/telemetry/userEvents.js";
import { completionEvent, uuidOf } from "../support/exampleEvents.js";

const [home] = process.argv.slice(2);
if (home === undefined) throw new Error("name a folder");

void record(home);

async function record(home: string): Promise<void> {
  let isOpen = true;
  process.stdin.resume().on("end", () => {
    isOpen = false;
  });
  const events: UserEvents = new UserEvents({
    home,
    maxBytes: 1 << 24,
    horizon: "0.1.0",
    editor: "1.107.0",
    platform: "linux-x64",
    now: Date.now,
    newId: randomUUID,
    onProblem: (problem) => process.stdout.write(`problem ${problem}\n`),
    onDeleted: () => void events.begin(),
  });
  await events.begin();
  const { outcome } = completionEvent();
  while (isOpen) {
    events.record({ kind: "completion", request: uuidOf(1), suggestion: uuidOf(1), outcome });
    await events.flush();
    process.stdout.write(`wrote ${events.user}\n`);
  }
  await events.close();
}
