// Was nothing shown at all?
import type { Metric } from "../hole.js";

/** 0 or 1. */
export const abstained: Metric = {
  name: "abstained",
  description: "Nothing was suggested.",
  better: "neither",
  score: ({ prediction }) => Number(prediction === ""),
};
