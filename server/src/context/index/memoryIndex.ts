// The index in memory: files with their symbols as bytes, names with the files that define and mention them, chunks by
// their terms. Files are put in and taken out one at a time, in any order; answers depend on what is in it alone.
import { goModuleOf, pathAliasesOf } from "../ast/importResolution/manifests.js";
import { PathSet } from "../ast/importResolution/pathSet.js";
import { folderOf } from "../ast/importResolution/paths.js";
import type { Project } from "../ast/importResolution/project.js";
import type {
  ChunkSearchOptions,
  IndexedFile,
  LocatedChunk,
  LocatedDefinition,
  LocatedReference,
  RepositoryIndex,
} from "../repositoryIndex.js";
import { Bm25Index, type ChunkQuery } from "../search/bm25Index.js";
import { ByteWriter } from "../search/byteWriter.js";
import { ByteArena } from "./byteArena.js";
import { ByteReader } from "./byteReader.js";
import type { EncodedFile } from "./encodedFile.js";
import { FileView, type OpenContent, type ReadText } from "./fileView.js";
import type { Place } from "./folderDistance.js";
import { largestVersion, NamePostings } from "./namePostings.js";
import { NameTable } from "./nameTable.js";
import { Nearness } from "./nearness.js";
import { definesName, mentionsName, visitNames } from "./symbolCodec.js";

/**
 * Files whose symbols stay decoded: what one request looks at, and the next one again. One looks at up to 400 definitions
 * by name alone (sources/definitions.ts); with less room, each request would drop what it needs itself.
 */
const keptViews = 512;

/** What a decoded file takes, roughly: a copy of its bytes, its names' numbers, and objects for what was asked for. */
const viewBytes = 12 * 1024;

/** What a file takes besides its bytes: its path, its place in maps and lists, and what the engine adds. */
const fileBytes = 320;

/** Most chunks of equal score that are put in order. */
const mostTies = 4096;

/** Names and their lists are made anew when more versions of files are gone than there are, and so many at least. */
const leastGone = 256;

/** Files that say how a project's imports are meant. */
const goManifest = "go.mod";
const typeScriptManifests = ["tsconfig.json", "jsconfig.json"];

/** A workspace folder's paths, and what its manifests say, read when it is first asked for. */
interface FolderProject {
  readonly paths: PathSet;
  project: Project | undefined;
}

/** A file as it was put in. */
interface StoredFile extends Pick<IndexedFile, "id" | "folder" | "path" | "language"> {
  /** What the lists of names call it; another one each time that it changes. */
  version: number;
  /** Set for an open document. */
  readonly open: OpenContent | undefined;
}

/** Answers what sources ask; see repositoryIndex.ts. */
export class MemoryIndex implements RepositoryIndex {
  readonly #readText: ReadText;
  #names = new NameTable();
  /** Files that define a name, and files that mention it: a name of few definitions may be everywhere. */
  #definers = new NamePostings();
  #mentioners = new NamePostings();
  readonly #nearness = new Nearness();
  readonly #bytes = new ByteArena();
  readonly #chunks = new Bm25Index();
  /** By id; ids of files that are gone are used again. */
  readonly #files: (StoredFile | undefined)[] = [];
  #freeIds: number[] = [];
  /** Ids that are not free yet: they are still among the sorted. */
  #goneIds: number[] = [];
  readonly #byPlace = new Map<string, StoredFile>();
  /** By workspace folder. */
  readonly #projects = new Map<string, FolderProject>();
  /** By version: the file's id. */
  #versions = new Int32Array(1 << 8);
  #nextVersion = 0;
  /** Ids in the order of folder and path; those since added are in `#unsorted`. */
  #sorted: number[] = [];
  #unsorted: number[] = [];
  /** By id: the place in `#sorted`. */
  #ranks = new Int32Array();
  readonly #views = new Map<number, FileView>();
  #openBytes = 0;
  #placeBytes = 0;

  constructor(readText: ReadText) {
    this.#readText = readText;
  }

  get fileCount(): number {
    return this.#byPlace.size;
  }

  get chunkCount(): number {
    return this.#chunks.chunkCount;
  }

  get nameCount(): number {
    return this.#names.size;
  }

  /** Bytes in memory by own accounting. */
  get byteLength(): number {
    return (
      this.#names.byteLength +
      this.#definers.byteLength +
      this.#mentioners.byteLength +
      this.#nearness.byteLength +
      this.#bytes.byteLength +
      this.#chunks.byteLength +
      this.#versions.byteLength +
      this.#ranks.byteLength +
      this.#files.length * fileBytes +
      this.#placeBytes +
      [...this.#projects.values()].reduce((sum, { paths }) => sum + paths.byteLength, 0) +
      this.#views.size * viewBytes +
      this.#openBytes
    );
  }

  /**
   * Puts a file in, in place of what there was at its path.
   *
   * @param open its text and symbols when it is an open document
   * @throws DamagedTermsError when the bytes of its terms are not whole
   */
  put(folder: string, path: string, language: string | undefined, encoded: EncodedFile, open?: OpenContent): void {
    const key = placeKey(folder, path);
    const old = this.#byPlace.get(key);
    const id = old?.id ?? this.#freeIds.pop() ?? this.#files.length;
    this.#chunks.addFile(id, encoded.terms);
    const file: StoredFile = { id, folder, path, language, version: this.#newVersion(id), open };
    this.#files[id] = file;
    this.#byPlace.set(key, file);
    this.#views.delete(id);
    if (old === undefined) this.#nearness.forget(id);
    this.#openBytes += contentBytes(open) - contentBytes(old?.open);
    if (old === undefined) {
      this.#unsorted.push(id);
      this.#placeBytes += key.length;
    }
    const project = this.#projectOf(folder);
    project.paths.add(path);
    if (isManifest(path)) project.project = undefined;
    const names: number[] = [];
    const list = new ByteWriter(encoded.names.length);
    visitNames(encoded.names, (start, end, flags) => {
      const name = this.#names.intern(encoded.names, start, end);
      names.push(name);
      list.writeVarint(name * 4 + flags);
      this.#post(name, file.version, flags);
    });
    const count = new ByteWriter(16);
    count.writeVarint(names.length);
    this.#bytes.set(id, count.toBytes(), list.toBytes(), encoded.body);
    this.#dropVersions();
  }

  /** Takes a file out. @returns Whether it was in. */
  remove(folder: string, path: string): boolean {
    const key = placeKey(folder, path);
    const file = this.#byPlace.get(key);
    if (file === undefined) return false;
    this.#byPlace.delete(key);
    const project = this.#projectOf(folder);
    project.paths.delete(path);
    if (isManifest(path)) project.project = undefined;
    this.#placeBytes -= key.length;
    this.#openBytes -= contentBytes(file.open);
    this.#files[file.id] = undefined;
    this.#goneIds.push(file.id);
    this.#views.delete(file.id);
    this.#bytes.delete(file.id);
    this.#chunks.removeFile(file.id);
    this.#dropVersions();
    return true;
  }

  /** Gives back what is only kept because taking it out at once would cost too much. For when memory runs out. */
  compact(): void {
    this.#rebuild();
    this.#bytes.compact();
    for (const _ of this.#chunks.merge());
  }

  /** Work that makes searches faster, in steps of about a millisecond; see Bm25Index. */
  merge(): Generator<void, void> {
    return this.#chunks.merge();
  }

  /** Whether a file is in, without looking into it. */
  has(folder: string, path: string): boolean {
    return this.#byPlace.has(placeKey(folder, path));
  }

  *files(): Generator<IndexedFile> {
    for (const id of this.#order().slice()) {
      const file = this.#files[id];
      if (file !== undefined) yield this.#view(file);
    }
  }

  file(folder: string, path: string): IndexedFile | undefined {
    const file = this.#byPlace.get(placeKey(folder, path));
    return file === undefined ? undefined : this.#view(file);
  }

  project(folder: string): Project {
    const known = this.#projectOf(folder);
    known.project ??= this.#readProject(folder, known.paths);
    return known.project;
  }

  *definitionsOf(name: string, near?: Place): Generator<LocatedDefinition> {
    const number = this.#names.find(name);
    for (const view of this.#viewsIn(this.#definers, number, near)) yield* view.definitionsOf(number);
  }

  *referencesTo(name: string, near?: Place): Generator<LocatedReference> {
    const number = this.#names.find(name);
    for (const view of this.#viewsIn(this.#mentioners, number, near)) yield* view.referencesTo(number);
  }

  definersOf(name: string): number {
    const number = this.#names.find(name);
    return number < 0 ? 0 : this.#definers.count(number);
  }

  mentionsOf(name: string): number {
    const number = this.#names.find(name);
    return number < 0 ? 0 : this.#mentioners.count(number);
  }

  searchChunks(
    terms: ReadonlyMap<string, number>,
    { limit, accepts, ...options }: ChunkSearchOptions,
  ): readonly LocatedChunk[] {
    const viewOf = (id: number): FileView => this.#view(this.#files[id] as StoredFile);
    const query: Omit<ChunkQuery, "limit"> =
      accepts === undefined
        ? options
        : { ...options, accepts: (id: number, chunk: number) => accepts(viewOf(id), chunk) };
    // Chunks of equal score come in the order of their paths, not in that of ids, which depends on what came first: so
    // none of the last score may be missing before they are sorted.
    for (let asked = limit + 8; ; asked *= 4) {
      const hits = this.#chunks.search(terms, { limit: asked, ...query });
      const last = hits.at(-1);
      if (hits.length === asked && last?.score === hits[limit - 1]?.score && asked < mostTies) continue;
      this.#order();
      return hits
        .map(({ file, chunk, score }) => ({ id: file, chunk, score, rank: this.#ranks[file] as number }))
        .sort((a, z) => z.score - a.score || a.rank - z.rank || a.chunk - z.chunk)
        .slice(0, limit)
        .map(({ id, chunk, score }) => ({ file: viewOf(id), index: chunk, score }));
    }
  }

  #projectOf(folder: string): FolderProject {
    let known = this.#projects.get(folder);
    if (known === undefined) {
      known = { paths: new PathSet(), project: undefined };
      this.#projects.set(folder, known);
    }
    return known;
  }

  #readProject(folder: string, paths: PathSet): Project {
    const textOf = (path: string): string | undefined => this.file(folder, path)?.text();
    return {
      paths,
      goModules: paths.endingWith(goManifest).flatMap((path) => {
        const module = goModuleOf(textOf(path) ?? "");
        return module === undefined ? [] : [{ folder: folderOf(path), module }];
      }),
      pathAliases: typeScriptManifests.flatMap((name) =>
        paths.endingWith(name).flatMap((path) => pathAliasesOf(path, textOf)),
      ),
    };
  }

  #post(name: number, version: number, flags: number): void {
    if ((flags & definesName) !== 0) this.#definers.add(name, version);
    if ((flags & mentionsName) !== 0) this.#mentioners.add(name, version);
  }

  *#viewsIn(postings: NamePostings, name: number, near: Place | undefined): Generator<FileView> {
    if (name < 0) return;
    const found: number[] = [];
    postings.visit(name, (version) => {
      const id = this.#versions[version] as number;
      if (this.#files[id]?.version === version) found.push(id);
    });
    this.#order();
    for (const id of this.#sort(found, near)) {
      const file = this.#files[id];
      if (file !== undefined) yield this.#view(file);
    }
  }

  #sort(ids: number[], near: Place | undefined): Iterable<number> {
    if (ids.length < 2) return ids;
    if (near === undefined) return ids.sort((a, z) => (this.#ranks[a] as number) - (this.#ranks[z] as number));
    this.#nearness.from(near);
    return this.#nearness.order(ids, (id) => this.#files[id] as StoredFile, this.#ranks);
  }

  #view(file: StoredFile): FileView {
    const known = this.#views.get(file.id);
    if (known !== undefined) {
      this.#views.delete(file.id);
      this.#views.set(file.id, known);
      return known;
    }
    const view = new FileView(file, this.#bytes.get(file.id) ?? new Uint8Array(), this.#names, this.#readText);
    this.#views.set(file.id, view);
    if (this.#views.size > keptViews) {
      const [oldest] = this.#views.keys();
      if (oldest !== undefined) this.#views.delete(oldest);
    }
    return view;
  }

  /** Ids in the order of folder and path; `#ranks` agrees with it afterwards. */
  #order(): readonly number[] {
    if (this.#unsorted.length === 0 && this.#goneIds.length === 0) return this.#sorted;
    const isThere = (id: number): boolean => this.#files[id] !== undefined;
    const compare = (a: number, z: number): number =>
      comparePlaces(this.#files[a] as StoredFile, this.#files[z] as StoredFile);
    const added = this.#unsorted.filter(isThere).sort(compare);
    this.#unsorted = [];
    this.#sorted = mergeSorted(this.#sorted.filter(isThere), added, compare);
    this.#freeIds = this.#freeIds.concat(this.#goneIds);
    this.#goneIds = [];
    this.#rank();
    return this.#sorted;
  }

  #rank(): void {
    if (this.#ranks.length < this.#files.length) this.#ranks = new Int32Array(Math.ceil(this.#files.length * 1.25));
    for (const [rank, id] of this.#sorted.entries()) this.#ranks[id] = rank;
  }

  #newVersion(id: number): number {
    const version = this.#nextVersion++;
    if (version > largestVersion) throw new RangeError("there have been too many changes");
    if (version >= this.#versions.length) {
      const longer = new Int32Array(Math.ceil(this.#versions.length * 1.5));
      longer.set(this.#versions);
      this.#versions = longer;
    }
    this.#versions[version] = id;
    return version;
  }

  #dropVersions(): void {
    if (this.#nextVersion > 2 * this.#byPlace.size + leastGone) this.#rebuild();
  }

  /** Makes names and lists anew from the files that are there, so that nothing is left of those that have gone. */
  #rebuild(): void {
    const oldNames = this.#names;
    this.#names = new NameTable();
    this.#definers = new NamePostings();
    this.#mentioners = new NamePostings();
    this.#views.clear();
    const oldVersions = this.#versions.subarray(0, this.#nextVersion);
    this.#versions = new Int32Array(Math.ceil(this.#byPlace.size * 1.25) + leastGone);
    this.#nextVersion = 0;
    for (const [version, id] of oldVersions.entries()) {
      const file = this.#files[id];
      if (file?.version !== version) continue;
      file.version = this.#newVersion(id);
      const reader = new ByteReader(this.#bytes.get(id) ?? new Uint8Array());
      const list = new ByteWriter();
      const count = reader.readVarint();
      list.writeVarint(count);
      for (let rest = count; rest > 0; rest--) {
        const entry = reader.readVarint();
        const name = this.#names.internFrom(oldNames, entry >>> 2);
        list.writeVarint(name * 4 + (entry & 3));
        this.#post(name, file.version, entry & 3);
      }
      const body = this.#bytes.get(id)?.slice(reader.position) ?? new Uint8Array();
      this.#bytes.set(id, list.toBytes(), body);
    }
  }
}

function isManifest(path: string): boolean {
  // A tsconfig.json may extend files of other names.
  return path.endsWith(".json") || path === goManifest || path.endsWith(`/${goManifest}`);
}

function placeKey(folder: string, path: string): string {
  return `${folder}\0${path}`;
}

function comparePlaces(a: StoredFile, z: StoredFile): number {
  if (a.folder !== z.folder) return a.folder < z.folder ? -1 : 1;
  return a.path < z.path ? -1 : 1;
}

/** Two sorted lists as one. */
function mergeSorted(
  first: readonly number[],
  second: readonly number[],
  compare: (a: number, z: number) => number,
): number[] {
  const merged: number[] = [];
  let at = 0;
  for (const item of second) {
    while (at < first.length && compare(first[at] as number, item) < 0) merged.push(first[at++] as number);
    merged.push(item);
  }
  while (at < first.length) merged.push(first[at++] as number);
  return merged;
}

/** Strings have one or two bytes per unit; symbols of an open document are objects. */
function contentBytes(open: OpenContent | undefined): number {
  if (open === undefined) return 0;
  const { definitions, references, imports, chunks } = open.symbols;
  const objects = definitions.length + references.length + imports.length + chunks.length;
  return open.text.length * 2 + objects * 100;
}
