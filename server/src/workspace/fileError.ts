// What an error of the file system, or of starting a program, means.

/** There is no such file, or no such program. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
