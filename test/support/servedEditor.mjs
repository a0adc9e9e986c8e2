// What whoever drives the served editor in a browser needs to know of both.

/** Horizon's status bar item. */
export const STATUS_ITEM = '[id="horizon.horizon-fim.horizon.status"]';

/** A browser without a window and without errands of its own. */
export const BROWSER_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
