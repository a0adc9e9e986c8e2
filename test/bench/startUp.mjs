// npm run bench:start: how long from `npm start` until Horizon is ready in the served editor, in a browser that is open
// already; as a table, and as JSON with --json. The browser's first visit compiles VS Code's 19 MB of script, later
// ones find it compiled in the browser's cache: both are told, since a user has one of the first and many of the others.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { freePort } from "../../scripts/codeServer.mjs";
import { prepare } from "../../scripts/prepare.mjs";
import { root, runMain } from "../../scripts/repository.mjs";
import { ensureBrowser } from "../../scripts/systemPackages.mjs";
import { BROWSER_ARGUMENTS, STATUS_ITEM } from "../support/servedEditor.mjs";

/** Milliseconds; no start takes as long. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * @typedef {object} Start milliseconds since `npm start`
 * @property {number} address printed
 * @property {number} workbench on the screen
 * @property {number} ready Horizon's status says so
 */

runMain(async () => {
  const { values } = parseArgs({ options: { json: { type: "boolean" }, visits: { type: "string", default: "3" } } });
  await prepare();
  const executablePath = await ensureBrowser();
  const folder = await mkdtemp(path.join(tmpdir(), "horizon-start-"));
  /** @type {Start[]} */
  const visits = [];
  try {
    await cp(path.join(root, "server", "src", "postprocess"), path.join(folder, "code"), { recursive: true });
    for (let visit = 0; visit < Number(values.visits); visit++) {
      const browser = await chromium.launchPersistentContext(path.join(folder, "profile"), {
        executablePath,
        args: BROWSER_ARGUMENTS,
      });
      try {
        visits.push(await start(path.join(folder, "code"), await browser.newPage()));
      } finally {
        await browser.close();
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  print(visits, values.json === true);
  return 0;
});

/**
 * One start, from the command to the status.
 * @param {string} folder
 * @param {import("playwright-core").Page} page
 * @returns {Promise<Start>}
 */
async function start(folder, page) {
  // No `code` on the PATH: what is measured is the served editor.
  const port = String(await freePort());
  const began = performance.now();
  const since = () => Math.round(performance.now() - began);
  const npm = spawn("npm", ["start", folder, "--", "--port", port], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  try {
    const address = await addressOf(npm);
    const addressAt = since();
    page.setDefaultTimeout(PATIENCE_MILLISECONDS);
    await page.goto(address);
    await page.waitForSelector(".monaco-workbench");
    const workbench = since();
    await page.waitForSelector(`${STATUS_ITEM}[aria-label*="Ready"]`).catch(async (error) => {
      const status = await page.locator(STATUS_ITEM).getAttribute("aria-label", { timeout: 1000 });
      throw new Error(`Horizon did not become ready. Its status: ${status}`, { cause: error });
    });
    return { address: addressAt, workbench, ready: since() };
  } finally {
    const exited = once(npm, "exit");
    // The whole group, as Ctrl+C in a terminal.
    if (npm.exitCode === null) {
      process.kill(-(/** @type {number} */ (npm.pid)), "SIGINT");
      await exited;
    }
  }
}

/**
 * @param {import("node:child_process").ChildProcess} npm
 * @returns {Promise<string>}
 */
async function addressOf(npm) {
  if (npm.stdout === null) throw new Error("npm start has no output.");
  for await (const line of createInterface({ input: npm.stdout })) {
    const address = /http:\S+/.exec(line)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error("npm start ended before it printed an address. Run it by hand to see why.");
}

/**
 * @param {readonly Start[]} visits
 * @param {boolean} isJson
 */
function print(visits, isJson) {
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ visits }, null, 2)}\n`);
    return;
  }
  process.stdout.write("visit   address   workbench   ready (ms since npm start)\n");
  for (const [index, { address, workbench, ready }] of visits.entries()) {
    const cells = [address, workbench, ready].map((value) => String(value).padStart(9));
    process.stdout.write(`${index === 0 ? "first" : "later"} ${cells.join(" ")}\n`);
  }
}
