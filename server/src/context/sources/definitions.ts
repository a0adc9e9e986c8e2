// Definitions of what the document names: what is imported by its exact file, members of the types that are named,
// everything else by its name and how near its file is. Heads only, many of them: fusion reads those of one file together.
import { type CaretSite, caretSite, isOutsideWindow, isOwnFile } from "../caretSite.js";
import type { Candidate, ContextQuery, ContextSource } from "../contextSource.js";
import { importedFiles, moduleWords } from "../importPaths.js";
import { type NameWeight, nameWeights } from "../nameWeights.js";
import type { IndexedFile, LocatedDefinition, RepositoryIndex } from "../repositoryIndex.js";
import { isContainer, membersOf, ownerOf } from "../shapes.js";
import type { Definition, Import, ImportedName } from "../symbols.js";
import { isSameFamily } from "./candidates.js";
import { compareHeads, DefinitionHead } from "./definitionHead.js";
import { receiverMembers } from "./receiverMembers.js";
import { isSameFolder, isUsable } from "./usable.js";

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

/** The class of a member that was found, of the member's score. */
const containerShare = 0.5;

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

/** Definitions of one name that are looked at, the nearest: of more than a few, hardly one is meant. */
const mostOfOneName = 8;

/** A name that so many files define is as doubtful as any name can be. */
const mostDoubt = 32;

/** A name that more files define is not looked up: to find the nearest of them takes longer than they are worth. */
const mostDefiners = 1024;

/** Names that are looked up. Twice as many find no more on the dev packages. */
const mostNames = 150;

/** Definitions that are looked at in all: each may be in a file that must be decoded. */
const mostLocated = 150;

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
      if (!imported.has(name) && this.#index.definersOf(name) <= mostDefiners) {
        this.#findByName(name, weight);
      }
    }
    this.#findMembers();
    this.#findReceiversMembers();
    this.#findContainersOfMembers();
    const best = [...this.#found.values()].sort((a, b) => b.score - a.score).slice(0, limit * 2);
    const heads = best
      .map(
        ({ file, place, score }) => new DefinitionHead(this.#query, file, file.definition(place) as Definition, score),
      )
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
    const doubt = Math.sqrt(Math.max(located.length, Math.min(mostDoubt, this.#index.definersOf(name))));
    for (const { file, index, definition } of located) {
      const parent = file.definition(ownerOf(definition, (place) => file.definition(place)));
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
      for (const member of membersOf(file.symbols.definitions, place).slice(0, mostMembers)) {
        const isNamed = this.#names.has((file.symbols.definitions[member] as Definition).name);
        this.#add(file, member, score * (isNamed ? namedMemberShare : otherMemberShare));
      }
    }
  }

  /** The members of the types of what members are being taken of. */
  #findReceiversMembers(): void {
    for (const { file, place, definition, rank } of receiverMembers(this.#query, this.#index, (name) =>
      this.#names.has(name),
    )) {
      const share = this.#names.has(definition.name) ? 1 : otherReceiverShare;
      this.#add(file, place, (receiverWeight * share) / (1 + rank));
    }
  }

  /** A member is written behind something of its class, and says little without the class's name. */
  #findContainersOfMembers(): void {
    for (const { file, place, score } of [...this.#found.values()]) {
      const definition = file.definition(place) as Definition;
      const parent = ownerOf(definition, (one) => file.definition(one));
      const around = file.definition(parent);
      if (around !== undefined && isContainer(around) && isUsable(this.#query, this.#site, file, parent)) {
        this.#raise(file, parent, score * containerShare);
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
    return isSameFolder(this.#query, file) ? trust.sameFolder : trust.elsewhere;
  }

  #add(file: IndexedFile, place: number, likelihood: number): void {
    const definition = file.definition(place);
    if (definition === undefined || !isUsable(this.#query, this.#site, file, place)) {
      return;
    }
    this.#raise(file, place, this.#weigh(definition, file, likelihood));
  }

  #raise(file: IndexedFile, place: number, score: number): void {
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

function stemOf(path: string): string {
  return (path.split("/").at(-1) ?? "").split(".")[0] ?? "";
}
