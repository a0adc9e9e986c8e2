// What `npm run test:kafka` needs: an OpenTelemetry Collector with the parts of docs/openTelemetryCollector/builder.yaml,
// and Apache Kafka. Named by OTELCOL and KAFKA_HOME, else built and fetched once into the cache folder.
import { existsSync } from "node:fs";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { cacheFolder } from "./codeServer.mjs";
import { installOnce } from "./installOnce.mjs";
import { findProgram, succeeds } from "./processes.mjs";
import { progress, root, UserError } from "./repository.mjs";

const KAFKA_VERSION = "4.1.1";
const builderFile = path.join(root, "docs", "openTelemetryCollector", "builder.yaml");

/**
 * Finds both, or makes them.
 * @returns {Promise<{readonly collector: string, readonly kafka: string}>} the collector's program, and a folder with Kafka's libs/
 */
export async function ensureKafkaTools() {
  needs("java", "a Java runtime, 17 or later");
  return {
    collector: process.env.OTELCOL || (await ensureCollector()),
    kafka: process.env.KAFKA_HOME || (await ensureKafka()),
  };
}

/** @returns {Promise<string>} */
async function ensureCollector() {
  const version = /cmd\/builder@(\S+)/.exec(await readFile(builderFile, "utf8"))?.[1];
  const folder = path.join(cacheFolder, `otelcol-${version}`);
  await make(folder, "building an OpenTelemetry Collector (once, some minutes)", async (unfinished) => {
    const go = needs("go", "Go, 1.25 or later, or an OpenTelemetry Collector named by OTELCOL,");
    await copyFile(builderFile, path.join(unfinished, "builder.yaml"));
    const builder = `go.opentelemetry.io/collector/cmd/builder@${version}`;
    return succeeds(go, ["run", builder, "--config", "builder.yaml"], { cwd: unfinished });
  });
  return path.join(folder, "build", "otelcol-horizon");
}

/** @returns {Promise<string>} */
async function ensureKafka() {
  const folder = path.join(cacheFolder, `kafka-${KAFKA_VERSION}`);
  await make(folder, "fetching Apache Kafka (once, 54 MB)", async (unfinished) => {
    const maven = needs("mvn", "Maven, or an Apache Kafka named by KAFKA_HOME,");
    const dependency = (/** @type {string} */ name) =>
      `<dependency><groupId>org.apache.kafka</groupId><artifactId>${name}</artifactId><version>${KAFKA_VERSION}</version></dependency>`;
    await writeFile(
      path.join(unfinished, "pom.xml"),
      `<project><modelVersion>4.0.0</modelVersion><groupId>horizon</groupId><artifactId>kafka</artifactId><version>1</version>
<dependencies>${dependency("kafka_2.13")}${dependency("kafka-tools")}</dependencies></project>`,
    );
    const goal = ["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs"];
    return succeeds(maven, goal, { cwd: unfinished });
  });
  return folder;
}

/**
 * @param {string} folder gets its name when all is in it
 * @param {string} what
 * @param {(unfinished: string) => Promise<boolean>} fill
 */
async function make(folder, what, fill) {
  if (existsSync(folder)) {
    return;
  }
  progress(what);
  await installOnce(folder, async (unfinished) => {
    if (!(await fill(unfinished))) {
      throw new UserError(`${what} failed, the reason is above.`);
    }
  });
}

/**
 * @param {string} program
 * @param {string} what
 */
function needs(program, what) {
  const found = findProgram(program);
  if (found === undefined) {
    throw new UserError(`${what} is needed to test the collector's way to Kafka.`);
  }
  return found;
}
