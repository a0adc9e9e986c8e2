// An Apache Kafka of our own, one node in KRaft mode: in a new folder, on free ports, gone afterwards.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../scripts/codeServer.mjs";

const run = promisify(execFile);

/** Milliseconds that a consumer waits for the next message; joining a group takes its time. */
const readPatience = "120000";

/** A broker that runs. */
export class KafkaBroker {
  readonly address: string;
  readonly #classPath: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(address: string, classPath: string, folder: string) {
    this.address = address;
    this.#classPath = classPath;
    this.#folder = folder;
  }

  /** @param home of Apache Kafka: its libraries are in `libs` */
  static async start(home: string): Promise<KafkaBroker> {
    const folder = await mkdtemp(path.join(tmpdir(), "horizon-kafka-"));
    const [port, controller] = [await freePort(), await freePort()];
    const address = `127.0.0.1:${port}`;
    const broker = new KafkaBroker(address, path.join(home, "libs", "*"), folder);
    await writeFile(
      broker.#settings,
      [
        "process.roles=broker,controller",
        "node.id=1",
        `listeners=PLAINTEXT://${address},CONTROLLER://127.0.0.1:${controller}`,
        `advertised.listeners=PLAINTEXT://${address}`,
        "controller.listener.names=CONTROLLER",
        `controller.quorum.voters=1@127.0.0.1:${controller}`,
        `log.dirs=${path.join(folder, "data")}`,
        "offsets.topic.replication.factor=1",
        "auto.create.topics.enable=false",
      ].join("\n"),
    );
    await broker.#tool("kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", broker.#settings);
    await broker.start();
    return broker;
  }

  get #settings(): string {
    return path.join(this.#folder, "server.properties");
  }

  async createTopic(name: string): Promise<void> {
    const topic = ["--create", "--topic", name, "--partitions", "3"];
    await this.#tool("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", this.address, ...topic);
  }

  /** All messages of a topic from its beginning. */
  async read(topic: string): Promise<readonly string[]> {
    const place = ["--bootstrap-server", this.address, "--topic", topic];
    // A line for each partition: topic:partition:end.
    const { stdout: ends } = await this.#tool("org.apache.kafka.tools.GetOffsetShell", ...place);
    const messages = ends.split("\n").reduce((sum, line) => sum + Number(line.split(":")[2] ?? 0), 0);
    const { stdout } = await this.#tool(
      "org.apache.kafka.tools.consumer.ConsoleConsumer",
      ...[...place, "--from-beginning", "--max-messages", String(messages), "--timeout-ms", readPatience],
    );
    return stdout.split("\n").filter((line) => line !== "");
  }

  async start(): Promise<void> {
    const child = spawn("java", ["-Xmx512m", "-cp", this.#classPath, "kafka.Kafka", this.#settings], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (data) => {
      errors += data;
    });
    this.#process = child;
    // Any answer says that it is there.
    for (;;) {
      const isThere = await this.#tool(
        "org.apache.kafka.tools.TopicCommand",
        ...["--bootstrap-server", this.address, "--list"],
      ).catch(() => undefined);
      if (isThere !== undefined) return;
      if (child.exitCode !== null) throw new Error(`Kafka ended: ${errors}`);
    }
  }

  /** Ends it as kill -9 does. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #tool(tool: string, ...rest: readonly string[]): Promise<{ stdout: string }> {
    return run("java", ["-Xmx256m", "-cp", this.#classPath, tool, ...rest], { maxBuffer: 1 << 28 });
  }
}
