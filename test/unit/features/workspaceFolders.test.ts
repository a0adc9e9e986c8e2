// Folders that come and go while the server runs.

import { describe, expect, it } from "vitest";
import { DidChangeWorkspaceFoldersNotification } from "vscode-languageserver-protocol/node";
import { WorkspaceFolders } from "../../../server/src/features/workspaceFolders.js";
import { connect } from "./connect.js";

const shop = { uri: "file:///shop", name: "shop" };
const cart = { uri: "file:///shop/cart", name: "cart" };
const notes = { uri: "file:///notes", name: "notes" };
const capabilities = { workspace: { workspaceFolders: true } };

describe("WorkspaceFolders", () => {
  it("follows folders that are added and removed", async () => {
    const feature = new WorkspaceFolders();
    const { client, settle } = await connect([feature], { capabilities, workspaceFolders: [shop, notes] });
    expect(feature.folders).toEqual([shop, notes]);
    await client.sendNotification(DidChangeWorkspaceFoldersNotification.type, {
      event: { added: [cart], removed: [notes] },
    });
    await settle();
    expect(feature.folders).toEqual([shop, cart]);
  });

  it("takes the new name of a folder that is added once more", async () => {
    const feature = new WorkspaceFolders();
    const { client, settle } = await connect([feature], { capabilities, workspaceFolders: [shop] });
    const renamed = { ...shop, name: "Shop" };
    await client.sendNotification(DidChangeWorkspaceFoldersNotification.type, {
      event: { added: [renamed], removed: [] },
    });
    await settle();
    expect(feature.folders).toEqual([renamed]);
  });

  it("knows no folder in an editor without one, and the root of old clients", async () => {
    const none = new WorkspaceFolders();
    await connect([none], { capabilities, workspaceFolders: null });
    expect(none.folders).toEqual([]);
    const old = new WorkspaceFolders();
    await connect([old], { rootUri: "file:///shop" });
    expect(old.folders).toEqual([{ uri: "file:///shop", name: "" }]);
  });
});
