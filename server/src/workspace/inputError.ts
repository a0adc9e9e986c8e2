// What the user asked for cannot be done, and why.

/** Bad input: the message says what to do next. The command line ends with exit code 2. */
export class InputError extends Error {
  override readonly name = "InputError";
}
