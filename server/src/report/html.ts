// HTML and SVG that cannot be broken into: whatever is put into a template is escaped unless it is markup itself.

/** Markup. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may be put into a template. Undefined is nothing. */
export type HtmlValue = string | number | undefined | Html | readonly (Html | undefined)[];

/** Makes markup of a template; strings in it are escaped, for text and for quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.reduce((text, part, index) => text + toMarkup(values[index - 1]) + part));
}

function toMarkup(value: HtmlValue): string {
  if (value === undefined) {
    return "";
  }
  if (value instanceof Html) {
    return value.text;
  }
  if (typeof value === "string" || typeof value === "number") {
    return escapeHtml(String(value));
  }
  return value.map((part) => part?.text ?? "").join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}

const characters = new Map(Object.entries(entities).map(([character, entity]) => [entity, character]));

/** The text that {@link escapeHtml} has escaped. */
export function unescapeHtml(markup: string): string {
  return markup.replace(/&[a-z0-9#]+;/g, (entity) => characters.get(entity) ?? entity);
}
