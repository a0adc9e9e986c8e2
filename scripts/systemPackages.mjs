// What the tests and the served editor need from the system: installed where we may, else named in one message.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { findProgram, succeeds } from "./processes.mjs";
import { progress, UserError } from "./repository.mjs";

/** Compilers and the like for code-server's two native modules; Python's standard library is code to test on, too. */
export const BUILD_TOOLS = /** @type {const} */ ({
  programs: ["python3", "make", "g++"],
  packages: ["python3", "make", "g++"],
  purpose: "to compile two small native modules of the served editor",
});

/** Names under which a browser of the Chromium family is installed. */
const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The browser that drives the editor in the end-to-end tests; installed if there is none.
 * @returns {Promise<string>} its absolute path
 */
export async function ensureBrowser() {
  const named = process.env.HORIZON_BROWSER;
  if (named !== undefined && named !== "") {
    return named;
  }
  let browser = await findBrowser();
  if (browser === undefined) {
    await install(["chromium", "fonts-dejavu-core"], "to test in a real editor");
    browser = await findBrowser();
  }
  if (browser === undefined) {
    throw new UserError(
      `a browser of the Chromium family is needed to test in a real editor: ${BROWSERS.join(", ")} on the PATH, ` +
        "or the path of one in HORIZON_BROWSER.",
    );
  }
  return browser;
}

/** Installs what compiles native modules, if it is not there. */
export async function ensureBuildTools() {
  if (BUILD_TOOLS.programs.every((name) => findProgram(name) !== undefined)) {
    return;
  }
  await install(BUILD_TOOLS.packages, BUILD_TOOLS.purpose);
}

/** Installs PostgreSQL's server, which the collector is tested on, if it is not there. It need not run: the tests start their own. */
export async function ensurePostgres() {
  if (!hasPostgres()) {
    await install(["postgresql"], "to test the collector on");
  }
}

/** Debian keeps the server's programs off the PATH, in a folder for each version. */
function hasPostgres() {
  const versions = "/usr/lib/postgresql";
  return (
    findProgram("initdb") !== undefined ||
    (existsSync(versions) &&
      readdirSync(versions).some((version) => existsSync(path.join(versions, version, "bin", "initdb"))))
  );
}

async function findBrowser() {
  for (const browser of BROWSERS.map(findProgram)) {
    // Ubuntu's packages may be a script that only says to install a snap.
    if (browser !== undefined && (await succeeds(browser, ["--version"], { stdio: "ignore" }))) {
      return browser;
    }
  }
  return undefined;
}

/**
 * Installs Debian packages.
 * @param {readonly string[]} packages
 * @param {string} purpose
 */
async function install(packages, purpose) {
  const byHand = `sudo apt-get install ${packages.join(" ")}`;
  const aptGet = findProgram("apt-get");
  if (aptGet === undefined) {
    throw new UserError(`${packages.join(", ")} must be installed ${purpose}, by this system's own means.`);
  }
  const asRoot = await rootPrefix();
  if (asRoot === undefined) {
    throw new UserError(`${packages.join(", ")} must be installed ${purpose}: ${byHand}`);
  }
  progress(`installing ${packages.join(", ")} ${purpose}`);
  const apt = (/** @type {string[]} */ ...aptArguments) => {
    const [program = aptGet, ...rest] = [...asRoot, aptGet, "-qq", ...aptArguments];
    return succeeds(program, rest, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  };
  const wanted = ["install", "-y", "--no-install-recommends", ...packages];
  // The lists of a bare machine are empty; those of a used one are good enough.
  const isInstalled = (await apt(...wanted)) || ((await apt("update")) && (await apt(...wanted)));
  if (!isInstalled) {
    throw new UserError(`apt-get could not install ${packages.join(", ")}; its message is above. By hand: ${byHand}`);
  }
}

/**
 * What to put before a command so that it runs as root.
 * @returns {Promise<string[] | undefined>} undefined where we may not
 */
async function rootPrefix() {
  if (process.getuid?.() === 0) {
    return [];
  }
  const sudo = findProgram("sudo");
  const isAllowed = sudo !== undefined && (await succeeds(sudo, ["-n", "true"], { stdio: "ignore" }));
  return isAllowed ? [sudo, "-n", "--preserve-env=DEBIAN_FRONTEND"] : undefined;
}
