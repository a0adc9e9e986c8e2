// Which feature a run does without that its base has: the two differ in that alone.
import { InputError } from "../workspace/inputError.js";
import { findDifferences, type RunSettings } from "./runSettings.js";

/** The settings of a run, and the folder that has them. */
export interface PlacedSettings {
  readonly folder: string;
  readonly settings: RunSettings;
}

/** A run that does without one source of context or feature of the engine. */
export interface Ablation {
  readonly folder: string;
  /** Name of what it does without. */
  readonly source: string;
}

/**
 * Names what each run does without, in the order of the runs.
 *
 * @throws {InputError} when a run differs from the base in anything but one more disabled feature, or two in the same one
 */
export function nameAblations(base: PlacedSettings, runs: readonly PlacedSettings[]): readonly Ablation[] {
  const folders = new Map<string, string>();
  return runs.map((run) => {
    const source = nameAblation(base, run);
    const known = folders.get(source);
    if (known !== undefined) {
      throw new InputError(`${known} and ${run.folder} are both without "${source}". Name one of them.`);
    }
    folders.set(source, run.folder);
    return { folder: run.folder, source };
  });
}

function nameAblation(base: PlacedSettings, run: PlacedSettings): string {
  const differences = findDifferences({ ...base.settings, disabled: [] }, { ...run.settings, disabled: [] });
  if (differences.length > 0) {
    throw new InputError(
      `${run.folder} differs from ${base.folder} ("there") in more than a disabled feature: ${differences.join("; ")}. ` +
        "Run it again with the base's settings and one --disable more.",
    );
  }
  const [before, now] = [base.settings.disabled, run.settings.disabled];
  const [source, ...others] = now.filter((name) => !before.includes(name));
  if (source === undefined || others.length > 0 || before.some((name) => !now.includes(name))) {
    throw new InputError(
      `${run.folder} must disable exactly one feature more than ${base.folder}; ` +
        `it disables ${list(now)}, and the base ${list(before)}.`,
    );
  }
  return source;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.join(", ");
}
