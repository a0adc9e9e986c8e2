// JSON that somebody may have damaged: parsed and checked, with a message that says where and what to do.

import { z } from "zod";
import { errorMessage } from "../errorMessage.js";
import { InputError } from "./inputError.js";

/** What to say when it is not what it should be. */
export interface JsonMessages {
  /** @param reason the parser's own words */
  notJson(reason: string): string;
  /** @param problems what does not fit, one line each */
  notAsExpected(problems: string): string;
}

/** @throws {InputError} with one of the messages */
export function parseJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  messages: JsonMessages,
): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(messages.notJson(errorMessage(error)));
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new InputError(messages.notAsExpected(z.prettifyError(parsed.error)));
  }
  return parsed.data;
}
