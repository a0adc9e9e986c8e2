// Definitions of the symbols around the caret: what is imported by its exact file, the types of what a member is taken
// of, everything else by its name and how near its file is; and, one step on, of what those call.
import { type CaretSite, caretSite, isOutsideWindow, isOwnFile, textOf } from "../caretSite.js";
import type { Candidate, ContextQuery, ContextSource } from "../contextSource.js";
import { importedFiles, moduleFit, parseModule } from "../importPaths.js";
import type { IndexedFile, LocatedDefinition, RepositoryIndex } from "../repositoryIndex.js";
import { headOf, isCallable, isContainer, outlineOf } from "../shapes.js";
import type { ImportedName } from "../symbols.js";
import { bestCandidates, isSameFamily, type Scored } from "./candidates.js";
import { receiverTypes } from "./receiverTypes.js";

/** An imported name that nothing uses yet was most likely imported for the line that is being written. */
const unusedWeight = 0.75;

/** An imported name that is used elsewhere in the file: it may be used again. */
const importedWeight = 0.12;

/** The type of what a member is being taken of says which members there are. */
const receiverWeight = 0.95;

/** Names in the heads of the functions and classes around the caret, which may be far above it. */
const enclosingWeight = 0.4;

/** How much a definition is trusted to be the one that is meant, by how it was found. */
const trust = { imported: 1, sameFile: 0.9, importedFile: 0.8, sameFolder: 0.5, elsewhere: 0.25 } as const;

/** What a definition calls is worth this share of itself. */
const calleeShare = 0.3;

/** Definitions whose callees are looked up, and callees of each. */
const mostCallers = 3;
const mostCallees = 4;

/** Definitions of one name that are looked at: a name with more (`get`, `init`) says nothing. */
const mostOfOneName = 32;

/** Names around the caret that are looked up. */
const mostNames = 60;

/** The source. */
export const definitions: ContextSource = {
  name: "definitions",
  find(query, index, limit) {
    const finder = new DefinitionSearch(query, index);
    return finder.find(limit);
  },
};

/** One search; it lives as long as one query. */
class DefinitionSearch {
  readonly #query: ContextQuery;
  readonly #index: RepositoryIndex;
  readonly #site: CaretSite;
  readonly #found = new Map<string, Scored>();
  /** Words of the modules that the file imports. */
  readonly #modules: readonly (readonly string[])[];
  /** By file. */
  readonly #trust = new Map<number, number>();

  constructor(query: ContextQuery, index: RepositoryIndex) {
    this.#query = query;
    this.#index = index;
    this.#site = caretSite(query, index);
    this.#modules = (this.#site.file?.symbols.imports ?? []).map(({ module }) => parseModule(module).words);
  }

  find(limit: number): readonly Candidate[] {
    const weights = this.#weights();
    const imported = this.#findImported(weights);
    for (const [name, weight] of [...weights].slice(0, mostNames)) {
      if (!imported.has(name)) {
        this.#findByName(name, weight);
      }
    }
    this.#findCallees();
    return bestCandidates(this.#found.values(), limit);
  }

  /** Names to look up, the most wanted first. */
  #weights(): ReadonlyMap<string, number> {
    const weights = new Map(this.#site.names);
    const raise = (name: string, weight: number): void => {
      weights.set(name, Math.max(weight, weights.get(name) ?? 0));
    };
    for (const type of receiverTypes(this.#query.text, this.#query.offset)) {
      raise(type, receiverWeight);
    }
    const { file, enclosing } = this.#site;
    const text = (file && textOf(this.#query, file)) ?? "";
    for (const place of enclosing) {
      const definition = file?.symbols.definitions[place];
      if (definition !== undefined) {
        const { start, end } = headOf(definition);
        for (const [name] of text.slice(start, end).matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) {
          raise(name, enclosingWeight);
        }
      }
    }
    return new Map([...weights].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
  }

  /** Looks up what the file imports in the very files that it is imported from; tells which names are settled so. */
  #findImported(weights: ReadonlyMap<string, number>): ReadonlySet<string> {
    const settled = new Set<string>();
    const { file } = this.#site;
    const { text, offset } = this.#query;
    if (file === undefined) {
      return settled;
    }
    const typed = /[\p{L}_$][\p{L}\p{N}_$]*$/u.exec(text.slice(Math.max(0, offset - 100), offset))?.[0];
    for (const one of file.symbols.imports) {
      const names: readonly ImportedName[] =
        one.names.length > 0 ? one.names : [{ name: "*", alias: parseModule(one.module).words.at(-1) ?? "" }];
      const wanted = names.map((imported) => {
        const isTyped = typed !== undefined && imported.alias !== typed && imported.alias.startsWith(typed);
        const near = Math.max(weights.get(imported.alias) ?? 0, isTyped ? unusedWeight : 0);
        const isUnused = !isUsed(text, imported.alias, one.end);
        return { ...imported, weight: Math.max(near, isUnused ? unusedWeight : importedWeight) };
      });
      const files = importedFiles(one, file, this.#index);
      for (const { name, alias, weight } of files.length === 0 ? [] : wanted) {
        const isModule = name === "*" || files.some(({ path }) => stemOf(path) === name);
        if (isModule) {
          this.#addModule(files, alias, weight);
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

  /** Adds what a module offers, as one candidate: those of its definitions that are named as `alias.name` first. */
  #addModule(files: readonly IndexedFile[], alias: string, weight: number): void {
    const { member } = this.#site;
    const [file] = files;
    if (file === undefined || member?.receiver !== alias) {
      return;
    }
    for (const [place, definition] of file.symbols.definitions.entries()) {
      if (definition.parent === -1 && definition.name.startsWith(member.typed)) {
        this.#add(file, place, weight * trust.imported * (member.typed === "" ? 0.6 : 1));
      }
    }
  }

  #findByName(name: string, weight: number): void {
    const located: LocatedDefinition[] = [];
    for (const one of this.#index.definitionsOf(name)) {
      if (isSameFamily(one.file.language, this.#query.language)) {
        located.push(one);
      }
      if (located.length === mostOfOneName) {
        break;
      }
    }
    const own = located.filter(({ file }) => isOwnFile(this.#site, file));
    const isMember = this.#site.member?.typed === name;
    // A name that the file defines itself means that, unless it is a member of something else.
    const meant = own.length > 0 && !isMember ? own : located;
    const others = meant.filter(({ file }) => this.#trustIn(file) === trust.elsewhere).length;
    for (const { file, index } of meant) {
      const trusted = this.#trustIn(file);
      // One of many of the same name is hardly the one that is meant.
      this.#add(file, index, weight * (trusted === trust.elsewhere ? trusted / Math.sqrt(others) : trusted));
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
    if (this.#modules.some((words) => moduleFit(words, file.path) === 1)) {
      return trust.importedFile;
    }
    const isSameFolder = file.folder === this.#query.folder && folderOf(file.path) === folderOf(this.#query.path);
    return isSameFolder ? trust.sameFolder : trust.elsewhere;
  }

  /** The signatures of what the best definitions call themselves. */
  #findCallees(): void {
    const best = [...this.#found.values()]
      .filter(({ place }) => place !== undefined)
      .sort((a, b) => b.score - a.score)
      .slice(0, mostCallers);
    for (const { file, place, score } of best) {
      const definition = place === undefined ? undefined : file.symbols.definitions[place];
      if (place === undefined || definition === undefined || !isCallable(definition)) {
        continue;
      }
      const calls = file.symbols.references.filter((one) => one.kind === "call" && one.definition === place);
      for (const name of [...new Set(calls.map((one) => one.name))].slice(0, mostCallees)) {
        for (const callee of firstOf(this.#index.definitionsOf(name), mostOfOneName)) {
          if (callee.file.id === file.id || folderOf(callee.file.path) === folderOf(file.path)) {
            this.#add(callee.file, callee.index, score * calleeShare);
            break;
          }
        }
      }
    }
  }

  #add(file: IndexedFile, place: number, score: number): void {
    const definition = file.symbols.definitions[place];
    if (definition === undefined || (this.#site.enclosing.includes(place) && isOwnFile(this.#site, file))) {
      return;
    }
    const ranges = isContainer(definition) ? outlineOf(file, place) : [headOf(definition)];
    const key = `${file.id}:${place}`;
    if (ranges.length > 0 && isOutsideWindow(this.#site, file, ranges) && score > (this.#found.get(key)?.score ?? 0)) {
      this.#found.set(key, { file, place, ranges, score });
    }
  }
}

/** Does a name stand in the text behind the import that brings it in? */
function isUsed(text: string, name: string, from: number): boolean {
  for (let at = text.indexOf(name, from); at >= 0; at = text.indexOf(name, at + 1)) {
    const isWhole =
      !/[\p{L}\p{N}_$]/u.test(text.charAt(at - 1)) && !/[\p{L}\p{N}_$]/u.test(text.charAt(at + name.length));
    if (isWhole) {
      return true;
    }
  }
  return false;
}

function* firstOf<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left-- === 0) {
      return;
    }
    yield item;
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function stemOf(path: string): string {
  return (path.split("/").at(-1) ?? "").split(".")[0] ?? "";
}
