// What the metrics of a report are, in what order.
import type { Metric } from "../hole.js";

/** What a metric is, for the reader. */
export type MetricDescription = Pick<Metric, "name" | "description" | "better">;

/** Figures that are no metric of a single suggestion's text. */
const further: readonly MetricDescription[] = [
  { name: "pass@1", description: "The suggestion passes the tests.", better: "higher" },
  {
    name: "expectedCalibrationError",
    description: "How far confidence and share of right answers are apart, bin by bin.",
    better: "lower",
  },
];

/** Marks which way is better. */
export const arrows: Readonly<Record<Metric["better"], string>> = { higher: " ↑", lower: " ↓", neither: "" };

/** The metrics that have figures: those that are known in their order, then the others in that of the figures. */
export function describeMetrics(
  known: readonly MetricDescription[],
  figures: readonly Readonly<Record<string, unknown>>[],
): readonly MetricDescription[] {
  const named = new Set(figures.flatMap(Object.keys));
  const described = [...known, ...further].filter(({ name }) => named.delete(name));
  return [...described, ...[...named].map((name) => ({ name, description: "", better: "neither" as const }))];
}
