// Ctrl-C, for commands that have something to put in order before they end.

/** Aborts at the first Ctrl-C; the second one ends the process the hard way. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => controller.abort());
  }
  return controller.signal;
}
