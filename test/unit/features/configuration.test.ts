// Settings that are pulled and pushed, in time and out of order.

import { describe, expect, it } from "vitest";
import { ConfigurationRequest, DidChangeConfigurationNotification } from "vscode-languageserver-protocol/node";
import { Configuration } from "../../../server/src/features/configuration.js";
import { DEFAULT_SETTINGS, type Settings } from "../../../server/src/settings.js";
import { connect } from "./connect.js";

const capabilities = { workspace: { configuration: true } };
const changed = DidChangeConfigurationNotification.type;

describe("Configuration", () => {
  it("has the client's settings before anything else starts", async () => {
    const feature = new Configuration();
    await connect([feature], {
      capabilities,
      prepare: (client) => client.onRequest(ConfigurationRequest.type, () => [{ model: { threads: 5 } }]),
    });
    expect(feature.settings.model.threads).toBe(5);
  });

  it("keeps the newer of two answers when the older one comes late", async () => {
    const feature = new Configuration();
    const answers: ((sections: unknown[]) => void)[] = [];
    let asked = 0;
    let notify = (): void => {};
    const askedThrice = new Promise<void>((resolve) => {
      notify = resolve;
    });
    const { client, settle } = await connect([feature], {
      capabilities,
      prepare: (client) =>
        client.onRequest(ConfigurationRequest.type, () => {
          asked++;
          if (asked === 1) {
            return [{}];
          }
          const answer = new Promise<unknown[]>((resolve) => answers.push(resolve));
          if (asked === 3) {
            notify();
          }
          return answer as Promise<never[]>;
        }),
    });
    await client.sendNotification(changed, { settings: null });
    await client.sendNotification(changed, { settings: null });
    await askedThrice;
    answers[1]?.([{ model: { threads: 7 } }]);
    await settle();
    answers[0]?.([{ model: { threads: 3 } }]);
    await settle();
    expect(feature.settings.model.threads).toBe(7);
  });

  it("tells of changes, and only of changes", async () => {
    const feature = new Configuration();
    const seen: Settings[] = [];
    feature.onDidChange((settings) => seen.push(settings));
    const { client, settle } = await connect([feature]);
    for (const enabled of [true, false, false]) {
      await client.sendNotification(changed, { settings: { horizon: { enabled } } });
    }
    await settle();
    expect(seen.map(({ enabled }) => enabled)).toEqual([false]);
  });

  it("stays as it is when the client does not answer", async () => {
    const feature = new Configuration();
    await connect([feature], { capabilities }); // the client has no handler: it answers with an error
    expect(feature.settings).toEqual(DEFAULT_SETTINGS);
  });
});
