// A model's prompt template: strings of literal text, {placeholders} and special tokens, read into segments.

/** The parts of a prompt, each of which a template lays out in its own string. */
export const templateParts = ["repository", "snippets", "suffix", "prefix", "middle"] as const;
export type TemplatePart = (typeof templateParts)[number];

/** The manifest's field that holds a part's string: one string is used for each snippet, hence the singular. */
export const templateFields = {
  repository: "repository",
  snippets: "snippet",
  suffix: "suffix",
  prefix: "prefix",
  middle: "middle",
} as const satisfies Record<TemplatePart, string>;

/** What the user's text is called inside a template string. */
export type Placeholder = "repository" | "path" | "text" | "suffix" | "prefix";

/** Placeholders that each part may use; the first of each is what the part is for and must be there once. */
const placeholdersOfPart: Record<TemplatePart, readonly Placeholder[]> = {
  repository: ["repository"],
  snippets: ["text", "path"],
  suffix: ["suffix", "path"],
  prefix: ["prefix", "path"],
  middle: [],
};

/** One piece of a template string. */
export type TemplateSegment =
  | { readonly kind: "special"; readonly token: string }
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "placeholder"; readonly name: Placeholder };

/** A template string that cannot be used; the message says why. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** Text that looks like a special token: `<fim_x>`, `<|x|>`, `<｜x▁y｜>`, `[PREFIX]`. */
const looksSpecial = /<[^\s<>{}]+>|\[[A-Z_]{3,}\]/u;

/**
 * Reads one template string.
 * @param part - The part that the string lays out; it decides which placeholders are known.
 * @param template - The string, such as `<fim_prefix>{path}\n{prefix}`.
 * @param specialTokens - The model's special tokens, as text.
 * @throws TemplateError for an unknown or missing placeholder, and for text that looks like a special token but is
 *   none.
 */
export function parseTemplate(
  part: TemplatePart,
  template: string,
  specialTokens: readonly string[],
): TemplateSegment[] {
  const allowed = placeholdersOfPart[part];
  // The longest first, so that a token that begins like another one is found whole.
  const specials = specialTokens.toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(`(${["\\{[A-Za-z]+\\}", ...specials.map(escapeRegExp)].join("|")})`, "u");
  const segments: TemplateSegment[] = [];
  // Splitting by a pattern with one group puts what matched at the odd places.
  for (const [index, piece] of template.split(pattern).entries()) {
    if (piece === "") continue;
    if (index % 2 === 0) {
      const unknown = looksSpecial.exec(piece)?.[0];
      if (unknown !== undefined) {
        throw new TemplateError(
          `"${unknown}" looks like a special token but is none of this model's (${specialTokens.join(", ")}). ` +
            "Correct its spelling or add it to specialTokens.",
        );
      }
      segments.push({ kind: "literal", text: piece });
    } else if (piece.startsWith("{")) {
      const name = allowed.find((placeholder) => piece === `{${placeholder}}`);
      if (name === undefined) {
        const known = allowed.length === 0 ? "none" : allowed.map((placeholder) => `{${placeholder}}`).join(", ");
        throw new TemplateError(`the placeholder ${piece} is not known here. Known in this part: ${known}.`);
      }
      segments.push({ kind: "placeholder", name });
    } else {
      segments.push({ kind: "special", token: piece });
    }
  }
  const needed = allowed[0];
  if (needed !== undefined) {
    const count = segments.filter((segment) => segment.kind === "placeholder" && segment.name === needed).length;
    if (count !== 1) throw new TemplateError(`{${needed}} must stand in it once, but stands ${count} times.`);
  }
  return segments;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
