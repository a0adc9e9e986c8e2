// `npm test [-- STEP…]` runs every check and test, or the steps that are named, and ends with `N passed, N failed`.
// A check (lint, types) counts as one test. Nothing is skipped silently: a test that was skipped counts as failed.
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { prepare } from "./prepare.mjs";
import { run } from "./processes.mjs";
import { progress, root, runMain, UserError } from "./repository.mjs";

const reports = path.join(root, "build", "reports");

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 */

/** @type {Readonly<Record<string, () => Promise<Tally>>>} In the order in which they run: the quickest first. */
const STEPS = {
  lint: () => check("biome", ["ci", "--error-on-warnings"]),
  typecheck: async () => sum([await check("tsc", ["--noEmit"]), await check("tsc", ["--noEmit", "-p", "test/e2e"])]),
  unit: () => vitest("unit"),
  integration: integrationTests,
  e2e: endToEndTests,
  training: trainingTests,
  kafka: kafkaTests,
};

/**
 * Left to `npm run test:training`: PyTorch with the CUDA libraries it insists on is 5 GB, for code no editor runs. Left to
 * `npm run test:kafka`: a Go compiler, Maven and Java, for a configuration that only large teams use.
 */
const ONLY_WHEN_NAMED = ["training", "kafka"];

runMain(async () => {
  const named = process.argv.slice(2);
  const unknown = named.find((step) => !Object.hasOwn(STEPS, step));
  if (unknown !== undefined) {
    throw new UserError(`there is no test step ${unknown}; there are ${Object.keys(STEPS).join(", ")}.`);
  }
  const tallies = [
    await attempt("set-up", async () => {
      await prepare();
      return { passed: 0, failed: 0 };
    }),
  ];
  if (sum(tallies).failed === 0) {
    await rm(reports, { recursive: true, force: true });
    await mkdir(reports, { recursive: true });
    for (const [name, step] of Object.entries(STEPS)) {
      if (named.length === 0 ? !ONLY_WHEN_NAMED.includes(name) : named.includes(name)) {
        process.stdout.write(`\n== ${name}\n`);
        tallies.push(await attempt(name, step));
      }
    }
    if (named.length === 0) {
      process.stdout.write(
        "\nThe training code has tests of its own, which need PyTorch (5 GB): npm run test:training\n" +
          "The OpenTelemetry Collector before Kafka, which needs Go, Maven and Java: npm run test:kafka\n",
      );
    }
  }
  const { passed, failed } = sum(tallies);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  // No test at all is no success.
  return failed === 0 && passed > 0 ? 0 : 1;
});

/**
 * Runs one step; what it throws is a failure with a message, and the other steps still run.
 * @param {string} name
 * @param {() => Promise<Tally>} step
 * @returns {Promise<Tally>}
 */
async function attempt(name, step) {
  try {
    return await step();
  } catch (error) {
    progress(`${name} failed: ${error instanceof UserError ? error.message : /** @type {Error} */ (error).stack}`);
    return { passed: 0, failed: 1 };
  }
}

/**
 * Runs a tool of node_modules whose exit code is its verdict.
 * @param {string} tool
 * @param {readonly string[]} toolArguments
 * @returns {Promise<Tally>}
 */
async function check(tool, toolArguments) {
  const { code } = await runTool(tool, toolArguments);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * Runs one project of vitest.config.mts.
 * @param {string} project
 * @returns {Promise<Tally>}
 */
async function vitest(project) {
  const report = path.join(reports, `${project}.json`);
  const { code } = await runTool("vitest", [
    ...["run", "--project", project],
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  ]);
  if (!existsSync(report)) {
    throw new UserError(`vitest ended with exit code ${code} and without a report.`);
  }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    await readFile(report, "utf8"),
  );
  const skipped = numPendingTests + numTodoTests;
  if (skipped > 0) {
    progress(`${skipped} tests of ${project} were skipped; they count as failed.`);
  }
  // A file that cannot be loaded has no tests that could fail.
  const brokenFiles = testResults.filter(
    (/** @type {{status: string, assertionResults: {status: string}[]}} */ file) =>
      file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  ).length;
  const failed = numFailedTests + skipped + brokenFiles;
  // An error outside every test, and a run without tests, show in the exit code alone.
  return { passed: numPassedTests, failed: code === 0 || failed > 0 ? failed : 1 };
}

/** The tests of the server's processes, on Python's standard library among other code, and of the collector. */
async function integrationTests() {
  const { ensureBuildTools, ensurePostgres } = await import("./systemPackages.mjs");
  await ensureBuildTools();
  await ensurePostgres();
  return vitest("integration");
}

/** The tests in a real editor and a real browser. */
async function endToEndTests() {
  const { ensureBrowser, ensureBuildTools } = await import("./systemPackages.mjs");
  const { ensureCodeServer } = await import("./codeServer.mjs");
  await ensureBrowser();
  await ensureBuildTools();
  await ensureCodeServer();
  return vitest("e2e");
}

/** The collector's way to Kafka, with the real programs. */
async function kafkaTests() {
  const { ensureKafkaTools } = await import("./kafkaTools.mjs");
  const { collector, kafka } = await ensureKafkaTools();
  Object.assign(process.env, { OTELCOL: collector, KAFKA_HOME: kafka });
  return vitest("kafka");
}

/** The tests of models/training. */
async function trainingTests() {
  const { ensureTrainingPython } = await import("./trainingPython.mjs");
  const python = await ensureTrainingPython();
  const report = path.join(reports, "training.json");
  const runner = path.join(root, "scripts", "run_unittest.py");
  await run(python, [runner, report], { cwd: path.join(root, "models", "training") });
  if (!existsSync(report)) {
    throw new UserError("Python's unittest ended without a report.");
  }
  return JSON.parse(await readFile(report, "utf8"));
}

/**
 * @param {string} tool
 * @param {readonly string[]} toolArguments
 */
function runTool(tool, toolArguments) {
  const suffix = process.platform === "win32" ? ".cmd" : "";
  return run(path.join(root, "node_modules", ".bin", tool + suffix), toolArguments, {
    cwd: root,
    shell: suffix !== "",
  });
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
function sum(tallies) {
  return tallies.reduce((left, right) => ({ passed: left.passed + right.passed, failed: left.failed + right.failed }), {
    passed: 0,
    failed: 0,
  });
}
