// The language server's process: `node dist/server.js --node-ipc` or `--stdio`. Bundled to dist/server.js; the editor
// and `horizon serve` start it.
import { createConnection } from "vscode-languageserver/node";
import { version } from "../../package.json";
import { startLanguageServer } from "./features/languageServer.js";
import { installationAround } from "./workspace/installation.js";

const connection = createConnection();

// One request that goes wrong must not take the others with it: it is logged, and the server lives on.
process.on("uncaughtException", (error) => connection.console.error(`Unexpected error: ${error.stack ?? error}`));
process.on("unhandledRejection", (reason) => {
  connection.console.error(`Unexpected error: ${reason instanceof Error ? reason.stack : reason}`);
});

// The library ends the process when standard input closes or the client's process is gone. With node-ipc there is no
// standard input, so the end of the channel counts. The model's process ends by itself with its own channel.
process.on("disconnect", () => process.exit(1));

startLanguageServer(connection, { version, installation: installationAround(import.meta.dirname) });
connection.listen();
