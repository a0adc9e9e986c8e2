// What a model is doing, for whoever shows it.
import type { ModelError } from "./errors.js";

/**
 * - `starting`: it is being loaded and tests itself.
 * - `ready`: it can be asked.
 * - `error`: it cannot; `restarting` says whether it comes back without anybody doing anything.
 * - `restarted`: its process had died and it can be asked again.
 */
export type ModelState =
  | { readonly state: "starting" }
  | { readonly state: "ready" }
  | { readonly state: "error"; readonly error: ModelError; readonly restarting: boolean }
  | { readonly state: "restarted"; readonly restarts: number };
