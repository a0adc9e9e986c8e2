// Guesses the types of what members are taken of (`user.` → `User`) from how the text declares or makes it, as one does
// when reading. By the words alone, alike for all languages.

/** Receivers that are looked at: the ones of this statement and the one before it. */
const mostReceivers = 4;
const receiverReach = 240;

/** How far back a declaration is looked for; most parameters and variables are nearer. */
const declarationReach = 12_000;

/** Names of types that something near the caret may have, the nearest first. */
export function receiverTypes(text: string, offset: number): readonly string[] {
  const near = text.slice(Math.max(0, offset - receiverReach), offset);
  const receivers: string[] = [];
  for (const [, receiver = ""] of near.matchAll(/([\p{L}_$][\p{L}\p{N}_$]*)\s*(?:\?\.|->|\.)/gu)) {
    receivers.unshift(receiver);
  }
  const before = text.slice(Math.max(0, offset - declarationReach), offset);
  const types = [...new Set(receivers)].slice(0, mostReceivers).flatMap((name) => declaredTypes(before, name));
  return [...new Set(types)];
}

/** The last type that the text gives to a name. */
function declaredTypes(text: string, name: string): readonly string[] {
  if (/^\p{Lu}/u.test(name)) {
    return [name];
  }
  const word = name.replaceAll("$", "\\$");
  const type = "(?:[\\p{L}_][\\p{L}\\p{N}_]*(?:\\.|::))*(\\p{Lu}[\\p{L}\\p{N}_]*)";
  const patterns = [
    // name: Type, name?: Type, name: &mut Type
    `(?<![\\p{L}\\p{N}_$])${word}\\??\\s*:\\s*[&*?"']*(?:mut\\s+|dyn\\s+)?${type}`,
    // name = new Type(, name := &Type{, name = Type(, name = Type::new(
    `(?<![\\p{L}\\p{N}_$])${word}\\s*(?:=|:=)\\s*(?:new\\s+|await\\s+)*&?${type}\\s*(?:[({<]|::)`,
    // Type name, Type<T> name, Type *name, Type $name
    `(?<![\\p{L}\\p{N}_$.])${type}(?:<[^<>()]*>)?(?:\\[\\])?[\\s*&]+${word}(?![\\p{L}\\p{N}_$(])`,
    // Go: name *pkg.Type, name Type
    `(?<![\\p{L}\\p{N}_$])${word}\\s+\\*?${type}`,
  ];
  let last: { readonly at: number; readonly type: string } | undefined;
  for (const pattern of patterns) {
    for (const match of text.matchAll(new RegExp(pattern, "gu"))) {
      if (match[1] !== undefined && match.index >= (last?.at ?? 0)) {
        last = { at: match.index, type: match[1] };
      }
    }
  }
  return last === undefined ? [] : [last.type];
}
