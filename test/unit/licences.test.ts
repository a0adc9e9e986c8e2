// Every package that is installed with Horizon may be passed on by whoever passes on Horizon.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";

/** Permissive licences, as the lock file names them. MPL-2.0 stays with its own files; nothing of it is in a bundle. */
const shipped = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "CC0-1.0"];
const forDevelopment = [...shipped, "MPL-2.0", "Zlib"];

interface LockedPackage {
  readonly license?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
}

/** Is a licence expression met by some of these? `OR` leaves the choice, `AND` does not. */
function isPermitted(expression: string, permitted: readonly string[]): boolean {
  const plain = expression.replace(/[()]/g, "");
  return plain.split(" OR ").some((choice) => choice.split(" AND ").every((licence) => permitted.includes(licence)));
}

it("the packages of the lock file have permissive licences", async () => {
  const file = path.join(import.meta.dirname, "../../package-lock.json");
  const { packages } = JSON.parse(await readFile(file, "utf8")) as { packages: Record<string, LockedPackage> };
  const installed = Object.entries(packages).filter(([name, { link }]) => name.includes("node_modules/") && !link);
  expect(installed.length).toBeGreaterThan(50);
  const refused = installed
    .filter(([, { license, dev }]) => !isPermitted(license ?? "none", dev === true ? forDevelopment : shipped))
    .map(([name, { license }]) => `${name}: ${license}`);
  expect(refused).toEqual([]);
});
