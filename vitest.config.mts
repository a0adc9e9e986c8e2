// The kinds of test that Vitest runs: unit (no processes), integration (the server as a process), e2e (a real editor), and
// kafka (a real OpenTelemetry Collector and a real Kafka, which npm test does not bring along).
import path from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        // There is no editor in a unit test; what the client asks of one is stood in for.
        resolve: { alias: { vscode: path.resolve(import.meta.dirname, "test/unit/client/vscodeStandIn.ts") } },
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 20_000 },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Each file starts servers with a model; more than one at a time would measure the machine, not Horizon.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "kafka",
          include: ["test/kafka/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
