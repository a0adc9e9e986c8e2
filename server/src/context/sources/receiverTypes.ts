// Guesses the types of what members are taken of (`user.` → `User`) from how the text declares or makes it, as one does
// when reading. By the words alone, alike for all languages.

/** Receivers that are looked at: the ones of this statement and the one before it. */
const mostReceivers = 4;
const receiverReach = 240;

/** How far back a declaration is looked for; most parameters and variables are nearer. */
const declarationReach = 12_000;

/** What a member is being taken of: a name, or a call of one. */
export interface Receiver {
  readonly name: string;
  /** The name of its type, where the text gives it one. */
  readonly type: string | undefined;
}

/** What members are taken of near the caret, the nearest first. */
export function receiversNear(text: string, offset: number): readonly Receiver[] {
  const near = text.slice(Math.max(0, offset - receiverReach), offset);
  const receivers: string[] = [];
  for (const [, receiver = ""] of near.matchAll(/([\p{L}_$][\p{L}\p{N}_$]*)(?:\([^()]*\))?\s*(?:\?\.|->|\.)/gu)) {
    receivers.unshift(receiver);
  }
  const before = text.slice(Math.max(0, offset - declarationReach), offset);
  return [...new Set(receivers)].slice(0, mostReceivers).map((name) => ({ name, type: declaredType(before, name) }));
}

/** The type that a definition's head gives to its name: what it is, or what a call of it returns. */
export function typeInHead(head: string, name: string): string | undefined {
  const start = head.indexOf(name);
  const close = head.lastIndexOf(")");
  const isCall = head[start + name.length] === "(";
  const before = declaredBefore.exec(head.slice(0, Math.max(0, start)))?.[1];
  return isCall ? (before ?? returned.exec(head.slice(close + 1))?.[1]) : declaredType(head, name);
}

/** Mentions of a name that are looked at, from the caret back. */
const mostMentions = 60;

/** Of a mention's surroundings: a type stands right behind a name or right before it. */
const before = 80;
const after = 120;

const typeName = "(?:[\\p{L}_][\\p{L}\\p{N}_]*(?:\\.|::))*(\\p{Lu}[\\p{L}\\p{N}_]*)";

/** What follows a name that is declared or made: the type is the only group. */
const declaredAfter = [
  // name: Type, name?: Type, name: &mut Type
  `^\\??\\s*:\\s*[&*?"']*(?:mut\\s+|dyn\\s+)?${typeName}`,
  // name = new Type(, name := &Type{, name = Type(, name = Type::new(
  `^\\s*(?:=|:=)\\s*(?:new\\s+|await\\s+)*&?${typeName}\\s*(?:[({<]|::)`,
  // Go: name *pkg.Type, name Type, name *type
  `^[ \\t]+\\*?${typeName}`,
  "^[ \\t]+\\*(?:[\\p{L}_]+\\.)?([\\p{Ll}_][\\p{L}\\p{N}_]*)\\b",
].map((pattern) => new RegExp(pattern, "u"));

/** What follows the parameters of a function that says what it returns: the type is the only group. */
const returned = new RegExp(`^\\s*(?::|->)?\\s*[&*?"'(]*(?:mut\\s+|dyn\\s+)?${typeName}`, "u");

/** What stands before a name that is declared: Type name, Type<T> name, Type[] name, Type *name, Type $name. */
const declaredBefore = new RegExp(`(?<![\\p{L}\\p{N}_$.])${typeName}(?:<[^<>()]*>)?(?:\\[\\])?[ \\t*&]+$`, "u");

/** The last type that the text gives to a name. */
function declaredType(text: string, name: string): string | undefined {
  if (/^\p{Lu}/u.test(name)) {
    return name;
  }
  let looked = 0;
  // Behind a text's start there is nothing before to look in: lastIndexOf takes a negative place for 0.
  for (let from = text.length; from >= 0 && looked < mostMentions; ) {
    const at = text.lastIndexOf(name, from);
    from = at - 1;
    if (at < 0) {
      break;
    }
    const end = at + name.length;
    if (isNamePart(text, at - 1) || isNamePart(text, end)) {
      continue; // part of a longer name
    }
    looked++;
    const behind = text.slice(end, end + after);
    const type = declaredAfter.map((pattern) => pattern.exec(behind)?.[1]).find((found) => found !== undefined);
    const isCall = text[end] === "(";
    const found = type ?? (isCall ? undefined : declaredBefore.exec(text.slice(Math.max(0, at - before), at))?.[1]);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function isNamePart(text: string, at: number): boolean {
  return /[\p{L}\p{N}_$]/u.test(text.charAt(at));
}
