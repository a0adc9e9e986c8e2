// Lists the uses of names that TypeScript's compiler resolves to another file of the same folder. The compiler is given:
// it is TypeScript 5's JavaScript API, which the repository's own TypeScript 7 does not have.
import { relative, sep } from "node:path";
import type { Use } from "./use.js";

/** The part of TypeScript 5's compiler API that is used here. */
export interface TypeScriptCompiler {
  readonly version: string;
  readonly SyntaxKind: Readonly<Record<string, number>>;
  readonly SymbolFlags: { readonly Alias: number };
  readonly ModuleKind: { readonly ESNext: number };
  readonly ModuleResolutionKind: { readonly Bundler: number };
  readonly ScriptTarget: { readonly ESNext: number };
  readonly JsxEmit: { readonly Preserve: number };
  createProgram(files: readonly string[], options: Readonly<Record<string, unknown>>): Program;
  forEachChild(node: SyntaxNode, visit: (child: SyntaxNode) => void): void;
  isPartOfTypeNode(node: SyntaxNode): boolean;
}

interface Program {
  getTypeChecker(): TypeChecker;
  getSourceFile(name: string): SourceFile | undefined;
}

interface TypeChecker {
  getSymbolAtLocation(node: SyntaxNode): CompilerSymbol | undefined;
  getAliasedSymbol(symbol: CompilerSymbol): CompilerSymbol;
  getShorthandAssignmentValueSymbol(node: SyntaxNode): CompilerSymbol | undefined;
}

interface CompilerSymbol {
  readonly flags: number;
  readonly declarations?: readonly SyntaxNode[];
  readonly valueDeclaration?: SyntaxNode;
}

interface SyntaxNode {
  readonly kind: number;
  readonly parent: SyntaxNode;
  readonly text?: string;
  readonly name?: SyntaxNode;
  readonly body?: SyntaxNode;
  readonly initializer?: SyntaxNode;
  readonly members?: { readonly pos: number };
  getStart(): number;
  getEnd(): number;
  getSourceFile(): SourceFile;
}

interface SourceFile extends SyntaxNode {
  readonly fileName: string;
  readonly text: string;
}

/** What counts as a definition, with its name in reports. */
const definitionKinds: readonly (readonly [syntaxKind: string, name: string])[] = [
  ["FunctionDeclaration", "function"],
  ["MethodDeclaration", "method"],
  ["MethodSignature", "method"],
  ["GetAccessor", "method"],
  ["SetAccessor", "method"],
  ["ClassDeclaration", "class"],
  ["InterfaceDeclaration", "interface"],
  ["TypeAliasDeclaration", "type"],
  ["EnumDeclaration", "enum"],
  ["EnumMember", "constant"],
  ["PropertyDeclaration", "field"],
  ["PropertySignature", "field"],
  ["PropertyAssignment", "field"],
  ["VariableDeclaration", "variable"],
];

/** Kinds of parents whose names are no uses. */
const importKinds = [
  "ImportSpecifier",
  "ImportClause",
  "NamespaceImport",
  "ImportEqualsDeclaration",
  "ExportSpecifier",
  "ExportAssignment",
  "NamespaceExport",
];

/**
 * The uses in the files.
 *
 * @param directory absolute; paths are told relative to it
 * @param files absolute paths
 */
export function* listTypeScriptUses(
  typescript: TypeScriptCompiler,
  directory: string,
  files: readonly string[],
): Generator<Use> {
  const program = typescript.createProgram(files, {
    module: typescript.ModuleKind.ESNext,
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    target: typescript.ScriptTarget.ESNext,
    jsx: typescript.JsxEmit.Preserve,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const sources = files.flatMap((file) => program.getSourceFile(file) ?? []);
  const known = new Set(sources.map(({ fileName }) => fileName));
  const kinds = new Map(definitionKinds.map(([kind, name]) => [typescript.SyntaxKind[kind], name]));
  const imports = new Set(importKinds.map((kind) => typescript.SyntaxKind[kind]));
  const { Identifier, PropertyAccessExpression, ShorthandPropertyAssignment } = typescript.SyntaxKind;
  const pathOf = (source: SourceFile) => relative(directory, source.fileName).split(sep).join("/");

  /** A declaration's own name is none, but `b` of `a.b` and of `{ b }` is. */
  const isUse = (node: SyntaxNode): boolean => {
    const { kind, name } = node.parent;
    return (
      !imports.has(kind) && (name !== node || kind === PropertyAccessExpression || kind === ShorthandPropertyAssignment)
    );
  };

  const resolve = (node: SyntaxNode): SyntaxNode | undefined => {
    const found =
      node.parent.kind === ShorthandPropertyAssignment
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node);
    const isAlias = found !== undefined && (found.flags & typescript.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(found) : found;
    const declarations = (symbol?.declarations ?? []).filter(({ kind }) => kinds.has(kind));
    // An interface and a constant may share a name: in a type's place it is the interface.
    const isValue = symbol?.valueDeclaration !== undefined && !typescript.isPartOfTypeNode(node);
    const declaration = isValue ? symbol.valueDeclaration : declarations[0];
    return declaration !== undefined && declarations.includes(declaration) ? declaration : undefined;
  };

  for (const source of sources) {
    const uses: Use[] = [];
    const visit = (node: SyntaxNode): void => {
      typescript.forEachChild(node, visit);
      const declaration = node.kind === Identifier && isUse(node) ? resolve(node) : undefined;
      const name = declaration?.name;
      const definer = declaration?.getSourceFile();
      if (declaration === undefined || name === undefined || definer === undefined) {
        return;
      }
      if (name.kind !== Identifier || definer === source || !known.has(definer.fileName)) {
        return;
      }
      uses.push({
        file: pathOf(source),
        useStart: node.getStart(),
        useEnd: node.getEnd(),
        name: name.text ?? "",
        kind: kinds.get(declaration.kind) ?? "",
        definitionFile: pathOf(definer),
        definitionStart: name.getStart(),
        definitionEnd: headEnd(declaration, name, definer.text),
      });
    };
    visit(source);
    yield* uses.sort((a, b) => a.useStart - b.useStart);
  }
}

/** Where a declaration's head ends: before its body or members, else at the end of the name's line. */
function headEnd(declaration: SyntaxNode, name: SyntaxNode, text: string): number {
  const body = declaration.body ?? declaration.initializer?.body;
  if (body !== undefined) {
    return body.getStart();
  }
  if (declaration.members !== undefined) {
    return declaration.members.pos - 1; // the brace before the members
  }
  const line = text.indexOf("\n", name.getEnd());
  return Math.min(declaration.getEnd(), line < 0 ? text.length : line);
}
