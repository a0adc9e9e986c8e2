// Definitions of what the document names: what is imported by its exact file, members of the types that are named,
// everything else by its name and how near its file is. Heads only, many of them: fusion reads those of one file together.
import { folderOf } from "../ast/importResolution/paths.js";
import { type CaretSite, caretSite, isOutsideWindow, isOwnFile, textOf } from "../caretSite.js";
import type { Candidate, ContextQuery, ContextSource, TextRange } from "../contextSource.js";
import { importedFiles, moduleWords } from "../importPaths.js";
import { type NameWeight, nameWeights } from "../nameWeights.js";
import type { IndexedFile, LocatedDefinition, RepositoryIndex } from "../repositoryIndex.js";
import { compactHead, headOf, isContainer } from "../shapes.js";
import type { Definition, Import, ImportedName } from "../symbols.js";
import { compareFiles, firstOf, isSameFamily } from "./candidates.js";
import { receiverTypes } from "./receiverTypes.js";

// The numbers are tuned on the dev packages of test/contextRecall.

/** An imported name that nothing uses yet was most likely imported for the line that is being written. */
const unusedWeight = 0.8;

/** How much a definition is trusted to be the one that is meant, by how it was found. */
const trust = { imported: 1, importedFile: 0.8, sameFile: 0.25, sameFolder: 0.3, elsewhere: 0.25 } as const;

/** A member counts by how likely its class is: one whose class is nowhere in the document keeps this share. */
const strangerShare = 0.3;

/** A member whose class is named, of its class's weight: by whether the document names it, too. */
const namedMemberShare = 0.1;
const otherMemberShare = 0.05;

/** Members of the type of what a member is being taken of. */
const receiverWeight = 0.9;
const otherReceiverShare = 0.3;

/** What begins as the word at the caret does counts at least this, and what does not, this share. */
const typedWeight = 0.5;
const untypedShare = 0.5;

/** While a member is being taken of something, what is no member counts this share. */
const noMemberShare = 0.3;

/** Of a module that a member is being taken of, each definition counts this share of the module. */
const moduleShare = 0.6;

/** Definitions of one name that are looked at: a name with more (`get`, `init`) says nothing. */
const mostOfOneName = 32;

/** Names that are looked up. */
const mostNames = 250;

/** Definitions that are looked at in all: each may be in a file that must be decoded. */
const mostLocated = 400;

/** Classes whose members are looked at, and members of each. */
const mostContainers = 24;
const mostMembers = 64;

/** More than there are definitions in a file that is indexed. */
const placesPerFile = 2 ** 20;

/** The source. */
export const definitions: ContextSource = {
  name: "definitions",
  most: 100,
  find(query, index, limit) {
    return new DefinitionSearch(query, index).find(limit);
  },
};

/** A definition and how likely it is to be used. */
interface Found {
  readonly file: IndexedFile;
  readonly place: number;
  readonly score: number;
}

/** An import of the document with what it means. */
interface ResolvedImport {
  readonly imported: Import;
  readonly words: readonly string[];
  readonly files: readonly IndexedFile[];
  readonly ids: ReadonlySet<number>;
}

/** One search; it lives as long as one query. */
class DefinitionSearch {
  readonly #query: ContextQuery;
  readonly #index: RepositoryIndex;
  readonly #site: CaretSite;
  readonly #names: ReadonlyMap<string, NameWeight>;
  /** The word at the caret as far as it is typed; empty for none. */
  readonly #typed: string;
  readonly #found = new Map<number, Found>();
  readonly #imports: readonly ResolvedImport[];
  /** By file. */
  readonly #trust = new Map<number, number>();
  #located = 0;

  constructor(query: ContextQuery, index: RepositoryIndex) {
    const { text, offset } = query;
    this.#query = query;
    this.#index = index;
    this.#site = caretSite(query, index);
    this.#names = nameWeights(text, offset);
    this.#typed = /[\p{L}_$][\p{L}\p{N}_$]+$/u.exec(text.slice(Math.max(0, offset - 100), offset))?.[0] ?? "";
    const { file } = this.#site;
    this.#imports = (file?.symbols.imports ?? []).map((imported) => {
      const files = file === undefined ? [] : importedFiles(imported, file, index);
      return { imported, words: moduleWords(imported.module), files, ids: new Set(files.map(({ id }) => id)) };
    });
  }

  find(limit: number): readonly Candidate[] {
    const imported = this.#findImported();
    for (const [name, { weight }] of [...this.#names].slice(0, mostNames)) {
      if (this.#located >= mostLocated) {
        break;
      }
      if (!imported.has(name)) {
        this.#findByName(name, weight);
      }
    }
    this.#findMembers();
    this.#findReceiversMembers();
    const best = [...this.#found.values()].sort((a, b) => b.score - a.score).slice(0, limit * 2);
    const heads = best
      .map(({ file, place, score }) => new Head(this.#query, file, file.definition(place) as Definition, score))
      .filter((head) => !isOwnFile(this.#site, head.file) || isOutsideWindow(this.#site, head.file, head.ranges));
    return heads.sort(compareHeads).slice(0, limit);
  }

  #weightOf(name: string): number {
    return this.#names.get(name)?.weight ?? 0;
  }

  /** Looks up what the file imports in the very files that it is imported from; tells which names are settled so. */
  #findImported(): ReadonlySet<string> {
    const settled = new Set<string>();
    const { member } = this.#site;
    for (const { imported: one, words, files } of this.#imports) {
      if (files.length === 0) {
        continue;
      }
      const names: readonly ImportedName[] =
        one.names.length > 0 ? one.names : [{ name: "*", alias: words.at(-1) ?? "" }];
      for (const { name, alias } of names) {
        // Where it is imported, and nowhere else.
        const isUnused = (this.#names.get(alias)?.times ?? 1) < 2;
        const weight = Math.max(this.#weightOf(alias), isUnused ? unusedWeight : 0);
        const isModule = name === "*" || files.some(({ path }) => stemOf(path) === name);
        if (isModule && member?.receiver === alias) {
          this.#addModule(files, weight);
        }
        if (this.#addFrom(files, name, alias, weight)) {
          settled.add(alias);
        }
      }
    }
    return settled;
  }

  /** Adds the definition of a name in these files, or in those from which they export it again. */
  #addFrom(files: readonly IndexedFile[], name: string, alias: string, weight: number): boolean {
    const isHere = (file: IndexedFile): boolean => this.#addNamed(file, name, alias, weight);
    if (files.some(isHere)) {
      return true;
    }
    return files.slice(0, 2).some((file) =>
      file.symbols.imports
        .filter(({ names }) => names.length === 0 || names.some((one) => one.alias === name || one.name === "*"))
        .slice(0, 16)
        .some((one) => importedFiles(one, file, this.#index).some(isHere)),
    );
  }

  #addNamed(file: IndexedFile, name: string, alias: string, weight: number): boolean {
    const all = file.symbols.definitions;
    const isOuter = (place: number): boolean => {
      const parent = all[all[place]?.parent ?? -1];
      return parent === undefined || parent.kind === "module";
    };
    const wanted = name === "default" ? [alias, stemOf(file.path)] : [name];
    const place = all.findIndex((definition, at) => wanted.includes(definition.name) && isOuter(at));
    const main = place < 0 && name === "default" ? all.findIndex((_, at) => isOuter(at)) : place;
    if (main < 0) {
      return false;
    }
    this.#add(file, main, weight * trust.imported);
    return true;
  }

  /** Adds what a module offers of which a member is being taken. */
  #addModule(files: readonly IndexedFile[], weight: number): void {
    for (const file of files.slice(0, 8)) {
      for (const [place, { parent }] of file.symbols.definitions.entries()) {
        if (parent === -1) {
          this.#add(file, place, weight * trust.imported * moduleShare);
        }
      }
    }
  }

  #findByName(name: string, weight: number): void {
    const located: LocatedDefinition[] = [];
    for (const one of this.#index.definitionsOf(name, this.#query)) {
      if (isSameFamily(one.file.language, this.#query.language)) {
        located.push(one);
      }
      if (located.length === mostOfOneName) {
        break;
      }
    }
    this.#located += located.length;
    // One of many of the same name is hardly the one that is meant.
    const doubt = Math.sqrt(located.length);
    for (const { file, index, definition } of located) {
      const parent = file.definition(definition.parent);
      const kinship =
        parent === undefined ? 1 : strangerShare + (1 - strangerShare) * Math.min(1, 2 * this.#weightOf(parent.name));
      this.#add(file, index, ((weight * this.#trustIn(file)) / doubt) * kinship);
    }
  }

  /** The members of the classes that were found, by how likely the class is. */
  #findMembers(): void {
    const containers = [...this.#found.values()]
      .filter(({ file, place }) => isContainer(file.definition(place) as Definition))
      .sort((a, b) => b.score - a.score)
      .slice(0, mostContainers);
    for (const { file, place, score } of containers) {
      for (const member of membersOf(file, place)) {
        const isNamed = this.#names.has((file.symbols.definitions[member] as Definition).name);
        this.#add(file, member, score * (isNamed ? namedMemberShare : otherMemberShare));
      }
    }
  }

  /** The members of the types of what members are being taken of. */
  #findReceiversMembers(): void {
    const types = receiverTypes(this.#query.text, this.#query.offset);
    for (const [rank, type] of types.entries()) {
      for (const { file, index, definition } of firstOf(this.#index.definitionsOf(type, this.#query), mostOfOneName)) {
        if (isContainer(definition) && isSameFamily(file.language, this.#query.language)) {
          for (const member of membersOf(file, index)) {
            const isNamed = this.#names.has((file.symbols.definitions[member] as Definition).name);
            this.#add(file, member, (receiverWeight * (isNamed ? 1 : otherReceiverShare)) / (1 + rank));
          }
        }
      }
    }
  }

  #trustIn(file: IndexedFile): number {
    const known = this.#trust.get(file.id) ?? this.#measureTrust(file);
    this.#trust.set(file.id, known);
    return known;
  }

  #measureTrust(file: IndexedFile): number {
    if (isOwnFile(this.#site, file)) {
      return trust.sameFile;
    }
    if (this.#imports.some(({ ids }) => ids.has(file.id))) {
      return trust.importedFile;
    }
    const isSameFolder = file.folder === this.#query.folder && folderOf(file.path) === folderOf(this.#query.path);
    return isSameFolder ? trust.sameFolder : trust.elsewhere;
  }

  #add(file: IndexedFile, place: number, likelihood: number): void {
    const definition = file.definition(place);
    if (definition === undefined || (isOwnFile(this.#site, file) && this.#site.enclosing.includes(place))) {
      return;
    }
    const score = this.#weigh(definition, file, likelihood);
    const key = file.id * placesPerFile + place;
    if (score > (this.#found.get(key)?.score ?? 0)) {
      this.#found.set(key, { file, place, score });
    }
  }

  /** By what is typed at the caret. */
  #weigh({ name, parent }: Definition, file: IndexedFile, likelihood: number): number {
    let score = likelihood;
    if (this.#typed !== "" && name !== this.#typed) {
      score = name.startsWith(this.#typed) ? Math.max(2 * score, typedWeight) : score * untypedShare;
    }
    const { member } = this.#site;
    const isFree = parent === -1 && member !== undefined;
    const isOfReceiver = (): boolean =>
      this.#imports.some(({ words, ids }) => words.includes(member?.receiver ?? "") && ids.has(file.id));
    return isFree && !isOfReceiver() ? score * noMemberShare : score;
  }
}

/**
 * A definition's head. Where it begins is known when somebody asks: that takes the file's text, and of the many heads only
 * the best are ever shown.
 */
class Head implements Candidate {
  readonly file: IndexedFile;
  readonly definition: Definition;
  readonly score: number;
  readonly #query: ContextQuery;
  #ranges: readonly TextRange[] | undefined;

  constructor(query: ContextQuery, file: IndexedFile, definition: Definition, score: number) {
    this.#query = query;
    this.file = file;
    this.definition = definition;
    this.score = score;
  }

  get core(): TextRange {
    const { nameStart, name } = this.definition;
    return { start: nameStart, end: nameStart + name.length };
  }

  get ranges(): readonly TextRange[] {
    if (this.#ranges === undefined) {
      const text = textOf(this.#query, this.file);
      // Without its text nothing of a file is shown, whatever the range.
      this.#ranges = [text === undefined ? headOf(this.definition) : compactHead(text, this.definition)];
    }
    return this.#ranges;
  }
}

/** The likeliest first, then by where they are. */
function compareHeads(a: Head, b: Head): number {
  return b.score - a.score || compareFiles(a.file, b.file) || a.definition.nameStart - b.definition.nameStart;
}

function membersOf(file: IndexedFile, place: number): readonly number[] {
  const { definitions: all } = file.symbols;
  const end = all[place]?.end ?? 0;
  const members: number[] = [];
  for (let at = place + 1; at < all.length && (all[at]?.start ?? 0) < end && members.length < mostMembers; at++) {
    if (all[at]?.parent === place) {
      members.push(at);
    }
  }
  return members;
}

function stemOf(path: string): string {
  return (path.split("/").at(-1) ?? "").split(".")[0] ?? "";
}
