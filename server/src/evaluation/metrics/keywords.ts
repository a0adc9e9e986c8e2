// Words of the languages that are no identifiers, as CrossCodeEval has them (arXiv 2310.11248; lists of dpu-utils, MIT),
// and Go's. A language that is not here has none: all of its words count as identifiers.

const javascript =
  "break case catch class const continue debugger default delete do else export extends finally for function if import in " +
  "instanceof new return super switch this throw try typeof var void while with yield enum implements interface let " +
  "package private protected public static";

const python =
  "None and as assert async await break class continue def del elif else except finally for from global if import in is " +
  "lambda nonlocal not or pass raise return try while with yield";

const java =
  "abstract assert boolean break byte case catch char class continue default do double else enum extends final finally " +
  "float for if implements import instanceof int interface long native new package private protected public return short " +
  "static strictfp super switch synchronized this throw throws transient try void volatile while var const goto";

const csharp =
  "abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else " +
  "enum event explicit extern finally fixed float for foreach goto if implicit in int interface internal is lock long " +
  "namespace new null object operator out override params private protected public readonly ref return sbyte sealed short " +
  "sizeof stackalloc static string struct switch this throw try typeof uint ulong unchecked unsafe ushort using virtual " +
  "void volatile while";

const go =
  "break case chan const continue default defer else fallthrough for func go goto if import interface map package range " +
  "return select struct switch type var";

const keywords: Readonly<Record<string, ReadonlySet<string>>> = {
  python: words(python),
  javascript: words(javascript),
  javascriptreact: words(javascript),
  typescript: words(javascript),
  typescriptreact: words(javascript),
  java: words(java),
  csharp: words(csharp),
  go: words(go),
};

const none: ReadonlySet<string> = new Set();

/** Literals that are words; CrossCodeEval counts some of them as keywords and some as identifiers. */
const wordLiterals = words("None True False null nil undefined true false NaN iota");

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}

/** A language's keywords, by VS Code's language id. */
export function keywordsOf(languageId: string): ReadonlySet<string> {
  return keywords[languageId] ?? none;
}

/** Is this word a literal, such as `null`? */
export function isWordLiteral(word: string): boolean {
  return wordLiterals.has(word);
}
