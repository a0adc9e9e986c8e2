// Telemetry's settings as they are now. Only what the user or the machine says counts: the manifest gives them the scope
// that keeps an opened folder from setting them.
import { workspace } from "vscode";
import type { TelemetrySettings } from "../../../server/src/settings.js";

/** Reads them; the defaults are the manifest's. */
export function telemetrySettings(): TelemetrySettings {
  const section = workspace.getConfiguration("horizon.telemetry");
  return {
    record: section.get("record") === true,
    send: section.get("send") === true,
    endpoint: String(section.get("endpoint") ?? "").trim(),
    fields: section.get("fields") ?? {},
    maxSize: Number(section.get("maxSize")) || 64,
    keepTyped: section.get("keepTyped") === true,
  };
}
