// Numbers as the reports write them.
import type { Interval } from "../statistics/bootstrap.js";

/** A score with three decimals and a real minus sign. */
export function formatScore(value: number): string {
  const rounded = value.toFixed(3);
  return Number(rounded) < 0 ? `−${rounded.slice(1)}` : rounded.replace("-", "");
}

/** A difference: a score with its sign. */
export function formatDifference(value: number): string {
  const text = formatScore(value);
  return value > 0 && Number(value.toFixed(3)) !== 0 ? `+${text}` : text;
}

/** The ends of an interval. */
export function formatRange({ low, high }: Interval, format: (value: number) => string = formatScore): string {
  return `${format(low)} to ${format(high)}`;
}

/** Milliseconds with about three digits. */
export function formatMilliseconds(value: number): string {
  if (value >= 10_000) {
    return `${(value / 1000).toFixed(1)} s`;
  }
  return `${value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2)} ms`;
}

/** A whole number with thin spaces between thousands. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A share in percent. */
export function formatShare(value: number): string {
  return `${(100 * value).toFixed(1)}%`;
}

/** A probability of chance. */
export function formatProbability(value: number): string {
  return value < 0.001 ? "< 0.001" : value.toFixed(3);
}
