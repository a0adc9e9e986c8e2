// What the figures of a replay mean; they are counted while typing, not from texts.
import type { Metric } from "../hole.js";

/** Descriptions, for the report. */
export const replayMetrics: readonly Pick<Metric, "name" | "description" | "better">[] = [
  { name: "answeredInTime", description: "The answer was complete or shown before the next key.", better: "higher" },
  { name: "ghostShown", description: "There was ghost text before the next key.", better: "neither" },
  {
    name: "ghostRight",
    description: "Of ghost text that was shown: all of it is what was typed next.",
    better: "higher",
  },
  {
    name: "rightPerKey",
    description: "Of all keys: right ghost text was shown before the next one.",
    better: "higher",
  },
  { name: "charactersSaved", description: "Characters that accepting saved, for each key.", better: "higher" },
  { name: "keyInterval", description: "Milliseconds to the next key.", better: "neither" },
  { name: "virtualFirstLine", description: "Virtual milliseconds to the first line.", better: "lower" },
];
