// What the status bar is told, and when.
import { describe, expect, it } from "vitest";
import { Status } from "../../../server/src/features/status.js";
import { type ServerState, StatusNotification } from "../../../server/src/protocol.js";
import { connect } from "./connect.js";

async function watch(status: Status): Promise<{ states: ServerState[]; settle(): Promise<void> }> {
  const states: ServerState[] = [];
  const { settle } = await connect([status], {
    prepare: (client) => {
      client.onNotification(StatusNotification.type, (state) => {
        states.push(state);
      });
    },
  });
  return { states, settle };
}

const ready = { state: "ready", model: "m" } as const;

describe("Status", () => {
  it("begins with starting and says each state once", async () => {
    const status = new Status();
    const { states, settle } = await watch(status);
    status.set({ state: "starting" });
    status.set(ready);
    status.set(ready);
    status.set({ state: "error", message: "no model" });
    await settle();
    expect(states).toEqual([{ state: "starting" }, ready, { state: "error", message: "no model" }]);
  });

  it("sends what was known before the client was ready as soon as it is", async () => {
    const status = new Status();
    status.set({ state: "off", reason: "settings" });
    const { states, settle } = await watch(status);
    await settle();
    expect(states).toEqual([{ state: "off", reason: "settings" }]);
  });

  it("is working while at least one completion is written, and ready after the last", async () => {
    const status = new Status();
    const { states, settle } = await watch(status);
    status.set(ready);
    const endFirst = status.beginWork();
    const endSecond = status.beginWork();
    endFirst();
    endFirst();
    await settle();
    expect(states.at(-1)).toEqual({ state: "working", model: "m" });
    endSecond();
    await settle();
    expect(states.slice(1)).toEqual([ready, { state: "working", model: "m" }, ready]);
  });

  it("does not hide an error or that Horizon is off behind work that is still ending", async () => {
    const status = new Status();
    const { states, settle } = await watch(status);
    status.set(ready);
    const end = status.beginWork();
    status.set({ state: "off", reason: "settings" });
    end();
    await settle();
    expect(states.at(-1)).toEqual({ state: "off", reason: "settings" });
  });
});
