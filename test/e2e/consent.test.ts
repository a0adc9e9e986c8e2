// Consent in a real editor: nothing is sent before the user agrees in a dialog that names the receiver, a refusal is kept,
// and what is sent after an agreement is what was recorded after it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventSchema, type TelemetryEvent } from "../../server/src/telemetry/event.js";
import { copyPythonCode } from "../support/codeFolders.js";
import { OtlpReceiver } from "../support/otlpReceiver.js";
import { until } from "../support/until.js";
import { Editor } from "./editor.js";

let editor: Editor;
let receiver: OtlpReceiver;
/** Settings of this machine, which a served editor reads from a file. */
let machineSettings: string;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  editor = await Editor.start({
    fill: copyPythonCode,
    allowTelemetry: true,
    install: async (extensionsFolder) => {
      const machine = path.join(extensionsFolder, "..", "data", "Machine");
      machineSettings = path.join(machine, "settings.json");
      await mkdir(machine, { recursive: true });
      await writeFile(machineSettings, "{}");
    },
  });
  await editor.openAtEnd("textwrap.py");
});

afterAll(async () => {
  await editor?.stop();
  await receiver?.stop();
});

/** Sets them as a user does in the settings editor: while the editor runs. */
async function set(settings: Readonly<Record<string, unknown>>): Promise<void> {
  await writeFile(machineSettings, JSON.stringify(settings));
}

const sending = () => ({ "horizon.telemetry.send": true, "horizon.telemetry.endpoint": receiver.endpoint });

const dialog = () =>
  editor.page.locator(".notification-list-item:visible", { hasText: "Send what Horizon's suggestions came to" });

/** Chooses a button of the dialog, which the editor puts behind its bell after ten seconds. */
async function answer(button: string): Promise<void> {
  if ((await dialog().count()) === 0) {
    await editor.runCommand("Notifications: Show Notifications");
  }
  await dialog().getByRole("button", { name: button, exact: true }).click();
  await dialog().waitFor({ state: "detached" });
}

function events(): TelemetryEvent[] {
  const folder = path.join(editor.userFolder, "globalStorage", "horizon.horizon-fim", "telemetry", "events");
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return files.flatMap((file) =>
    readFileSync(path.join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as TelemetryEvent),
  );
}

/** Types until more requests have ended than had before; what the model says to them does not matter. */
async function record(): Promise<void> {
  const before = events().length;
  await until("an event", async () => {
    await editor.type("\nsecret_name = 1", 20);
    return events().length > before;
  });
}

test("sending that is switched on asks first, says where to, and sends nothing", async () => {
  await record();
  await set(sending());
  await dialog().waitFor();
  const text = await dialog().innerText();
  expect(text).toContain(receiver.endpoint);
  expect(text).toContain("(not encrypted)");
  expect(text).toContain("no code, no paths, no names");
  await record();
  expect(receiver.batches).toEqual([]);
});

test("who says no is not asked again by a round of sending, and nothing is sent", async () => {
  await answer("No");
  // Any change of these settings begins a round at once.
  await set({ ...sending(), "horizon.telemetry.maxSize": 32 });
  await record();
  await editor.runCommand("Notifications: Show Notifications");
  expect(await dialog().count()).toBe(0);
  await editor.press("Escape");
  expect(receiver.batches).toEqual([]);
});

test("who switches it on anew is asked again, and after agreeing what is recorded from then on arrives", async () => {
  await set({});
  await record();
  await set(sending());
  await dialog().waitFor();
  const before = new Set(events().map(({ id }) => id));
  await answer("Agree");
  await record();
  await set({ ...sending(), "horizon.telemetry.maxSize": 48 });
  await until("events at the receiver", () => receiver.ids.length > 0);
  expect(receiver.ids.filter((id) => before.has(id))).toEqual([]);
  const recorded = new Map(events().map((event) => [event.id, event]));
  for (const { bodies, text } of receiver.batches) {
    expect(text).not.toMatch(/secret_name|textwrap/);
    for (const body of bodies) {
      const event = eventSchema.parse(JSON.parse(body));
      expect(event).toEqual(recorded.get(event.id));
    }
  }
});
