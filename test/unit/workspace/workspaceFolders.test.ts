// Repository name and path of a document, as they go into the prompt.
import { describe, expect, it } from "vitest";
import { locateDocument } from "../../../server/src/workspace/workspaceFolders.js";

const shop = { uri: "file:///home/me/shop", name: "shop" };
const cart = { uri: "file:///home/me/shop/packages/cart", name: "cart" };

describe("locateDocument", () => {
  it.each([
    ["inside a folder", "file:///home/me/shop/src/a.py", [shop], "shop", "src/a.py"],
    ["inside the inner of two folders", "file:///home/me/shop/packages/cart/b.ts", [shop, cart], "cart", "b.ts"],
    ["the same, the other way round", "file:///home/me/shop/packages/cart/b.ts", [cart, shop], "cart", "b.ts"],
    ["beside a folder whose name it begins with", "file:///home/me/shopping/a.py", [shop], "shopping", "a.py"],
    ["outside every folder", "file:///tmp/notes/a.py", [shop], "notes", "a.py"],
    ["without any folder", "file:///a.py", [], "", "a.py"],
    ["not saved yet", "untitled:Untitled-1", [shop], "", "Untitled-1"],
    [
      "with spaces and more in its name",
      "file:///home/me/shop/my%20d%C3%AFr/a%23b.py",
      [shop],
      "shop",
      "my dïr/a#b.py",
    ],
    ["with a stray percent sign", "file:///home/me/shop/100%/a.py", [shop], "shop", "100%/a.py"],
    [
      "on a Windows drive",
      "file:///c%3A/Users/me/shop/a.py",
      [{ uri: "file:///C:/Users/me/shop", name: "" }],
      "shop",
      "a.py",
    ],
    [
      "on a Windows share",
      "file://server/code/shop/a.py",
      [{ uri: "file://server/code/shop", name: "shop" }],
      "shop",
      "a.py",
    ],
    [
      "on another machine's share",
      "file://other/code/shop/a.py",
      [{ uri: "file://server/code", name: "code" }],
      "shop",
      "a.py",
    ],
    [
      "on a remote file system",
      "vscode-vfs://github/me/shop/a.py",
      [{ uri: "vscode-vfs://github/me/shop", name: "shop" }],
      "shop",
      "a.py",
    ],
    [
      "in a folder with a closing slash",
      "file:///home/me/shop/a.py",
      [{ uri: "file:///home/me/shop/", name: "shop" }],
      "shop",
      "a.py",
    ],
    ["in the root of the file system", "file:///srv/a.py", [{ uri: "file:///", name: "" }], "", "srv/a.py"],
    ["no URI at all", "/home/me/a.py", [shop], "me", "a.py"],
  ])("%s", (_, uri, folders, repository, path) => {
    expect(locateDocument(uri, folders)).toEqual({ repository, path });
  });

  it("calls a folder by the name its user gave it", () => {
    expect(locateDocument("file:///home/me/shop/a.py", [{ ...shop, name: "Shop (main)" }]).repository).toBe(
      "Shop (main)",
    );
  });
});
