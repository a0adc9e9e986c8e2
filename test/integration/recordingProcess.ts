// A process that records events, and says which, until somebody kills it: node recordingProcess.js DIRECTORY FIRST.
import { EventStore } from "../../server/src/telemetry/eventStore.js";
import { completionEvent, uuidOf } from "../support/exampleEvents.js";

const [directory, first] = process.argv.slice(2);
if (directory === undefined) throw new Error("name a directory");

void record(directory, Number(first));

async function record(directory: string, first: number): Promise<void> {
  const store = new EventStore({
    directory,
    session: uuidOf(first),
    startedAt: 1_700_000_000_000 + first,
    segmentBytes: 50_000,
  });
  for (let number = first; ; number++) {
    store.record(completionEvent({ id: uuidOf(number), sequence: number }));
    if (number % 7 === 0) {
      await store.flush();
      process.stdout.write(`kept ${number}\n`);
    }
  }
}
