// A PostgreSQL server of our own: in a new folder, on a socket in it, gone afterwards.
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A server that runs. */
export interface PostgresServer {
  /** Connection string of an empty database; each call makes another one, unless it is named and there. */
  createDatabase(name?: string): Promise<string>;
  /** Ends it as kill -9 would: what was committed must be there at the next start. */
  crash(): Promise<void>;
  start(): Promise<void>;
  /** Lets connections made from now on write no file beyond so many bytes, as a full disk would; undefined ends that. */
  limitFiles(bytes: number | undefined): Promise<void>;
  dispose(): Promise<void>;
}

/** Where Debian puts the server's programs, and everybody else. */
const folders = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/bin", "/usr/local/bin", "/usr/bin"];

/**
 * @param kept a folder whose databases stay, and are there again the next time; a new one that goes where not given
 * @throws {Error} where PostgreSQL is not installed
 */
export async function startPostgres(kept?: string): Promise<PostgresServer> {
  const bin = findPrograms();
  const folder = kept ?? (await mkdtemp(join(tmpdir(), "horizon-postgres-")));
  await mkdir(folder, { recursive: true });
  const data = join(folder, "data");
  const control = join(bin, "pg_ctl");
  // The server refuses to run as root; Debian's package has made a user for it.
  const asServer = (program: string, ...rest: string[]) =>
    process.getuid?.() === 0
      ? run("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...rest])
      : run(program, rest);
  if (process.getuid?.() === 0) {
    await run("chown", ["postgres:postgres", folder]);
  }
  await chmod(folder, 0o755);
  if (!existsSync(data))
    await asServer(join(bin, "initdb"), "--auth=trust", "--username=horizon", "--encoding=UTF8", "--pgdata", data);
  const start = async () => {
    const options = `-c listen_addresses= -c unix_socket_directories=${folder} -c max_connections=40`;
    const log = join(folder, "log");
    await asServer(control, "--wait", "--pgdata", data, "--log", log, "--options", options, "start");
  };
  const stop = (mode: string) => asServer(control, "--wait", "--pgdata", data, "--mode", mode, "stop");
  await start();
  let databases = 0;
  return {
    async createDatabase(name = `horizon${++databases}`) {
      await run(join(bin, "createdb"), ["--host", folder, "--username", "horizon", name]).catch((error: Error) => {
        if (kept === undefined || !error.message.includes("already exists")) throw error;
      });
      return `postgres://horizon@/${name}?host=${encodeURIComponent(folder)}`;
    },
    async crash() {
      await stop("immediate");
    },
    start,
    async limitFiles(bytes = -1) {
      // PostgreSQL takes this limit as it takes a full disk, on purpose; its processes have it from the first one.
      const [first] = (await readFile(join(data, "postmaster.pid"), "utf8")).split("\n");
      await asServer("prlimit", `--fsize=${bytes < 0 ? "unlimited" : bytes}:`, "--pid", `${first}`);
    },
    async dispose() {
      await stop(kept === undefined ? "immediate" : "fast").catch(() => {});
      if (kept === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

function findPrograms(): string {
  for (const folder of folders) {
    const versions = existsSync(folder) ? readdirSync(folder).sort().reverse() : [];
    for (const bin of [folder, ...versions.map((version) => join(folder, version, "bin"))]) {
      if (existsSync(join(bin, "initdb"))) return bin;
    }
  }
  throw new Error("PostgreSQL is needed for this test: sudo apt-get install postgresql");
}
