// Builds the index and keeps it true: finds files, reads what changed, takes the rest from disk, holds to the cap on
// memory. Works in steps of milliseconds, so that whoever drives it can stop, wait and answer questions in between. It
// runs in the worker (worker.ts); the command line and tests drive it in their own thread.

import { fileURLToPath } from "node:url";
import { errorMessage } from "../../errorMessage.js";
import type { SymbolExtractor } from "../ast/extract.js";
import { DamagedTermsError } from "../search/fileTerms.js";
import type { FileSymbols } from "../symbols.js";
import type { Catalog } from "./catalog.js";
import { contentKey } from "./contentKey.js";
import { type EncodedFile, encodeFile, joinParts, splitParts } from "./encodedFile.js";
import { distanceTo, type Place } from "./folderDistance.js";
import type { GitUser } from "./gitRepository.js";
import { IndexedTexts } from "./indexedTexts.js";
import type { IndexStatus } from "./indexStatus.js";
import { dropUnused, type IndexStorageOptions, openFolderStore } from "./indexStorage.js";
import { chooseEvicted } from "./memoryCap.js";
import { MemoryIndex } from "./memoryIndex.js";
import { type DocumentEdit, type OpenDocument, OpenDocuments } from "./openDocuments.js";
import { ReadingQueue } from "./readingQueue.js";
import { type Scan, Scans } from "./scans.js";
import { type FileFacts, isMissing, type SourceFiles } from "./sourceFiles.js";
import { decodeText, largestFileBytes, reasonOfText } from "./sourceText.js";
import { type LeftOutReason, ruleFileNames, type WalkOptions, type WalkStep, walkPath } from "./walk.js";
import { type FileEntry, type IndexFolder, locate, WorkspaceRoot } from "./workspaceRoot.js";

/** Bytes in memory that an index may take. */
export const defaultMemoryLimit = 256 * 1024 * 1024;

/** Milliseconds of work between two pauses: what somebody who asks may have to wait. */
const sliceMilliseconds = 10;

/** A file that changed less than this many milliseconds before it was read may change again within the same time stamp. */
const freshMilliseconds = 2000;

/** At so many changed paths at once, as after a change of branch, a walk over everything is cheaper. */
const mostChangedPaths = 500;

/** Milliseconds that a walk goes on before what it has found is read for as long: the walk of a huge folder takes minutes. */
const turnMilliseconds = 1000;

/** Milliseconds between two saves while files keep changing. */
const saveMilliseconds = 30_000;

/** When less than this share is in use, files that went are let in again, however far away. */
const memoryWithRoom = 0.6;

/** When files of so much of what is left have gone, it is worth finding out what that gives back. */
const takenOutShare = 0.25;

/** What an entry of a file takes in memory. */
const entryBytes = 240;

/** A parse is given up so often because somebody asks; then the file's turn has come. */
const mostRetries = 3;

/** Milliseconds after which a parse is given up: damaged text can take very long. The file is searched as plain text. */
const parseLimit = 5000;

export interface IndexerOptions {
  readonly extractor: SymbolExtractor;
  readonly sources: SourceFiles;
  readonly gitUser: GitUser;
  /** Where the index is kept; nowhere when not given. */
  readonly storage?: IndexStorageOptions | undefined;
  /** Bytes. */
  readonly memoryLimit: number;
  /** Milliseconds of a clock that only goes forward, and milliseconds since 1970. */
  readonly clock: { now(): number; time(): number };
  /** Told what the user should know. */
  readonly onProblem: (message: string) => void;
  /** Does somebody wait for an answer? Then a parse is given up, and made later. */
  readonly isUrgent?: (() => boolean) | undefined;
  /** Told when a file that is not open was put into the index or taken out. */
  readonly onChange?: ((place: Place) => void) | undefined;
  /** For tests; see WalkOptions. */
  readonly generated?: WalkOptions["generated"];
  /** Called at the end of `dispose`. */
  readonly onDispose?: (() => Promise<void>) | undefined;
}

/** How to work off what is to be done. */
export interface RunOptions {
  readonly signal: AbortSignal;
  /** Called when a slice of time is used up; work goes on when it resolves. */
  readonly pause?: (() => Promise<void>) | undefined;
}

/** The index and all that changes it. */
export class Indexer {
  readonly index: MemoryIndex;
  readonly #options: IndexerOptions;
  readonly #documents: OpenDocuments;
  readonly #texts: IndexedTexts;
  #roots: WorkspaceRoot[] = [];
  readonly #walkOptions: WalkOptions;
  readonly #scans: Scans;
  /** Catalogs of roots that were not walked since the start. */
  readonly #catalogs = new Map<WorkspaceRoot, Catalog>();
  #changed = new Set<string>();
  readonly #queue = new ReadingQueue((entry) => this.#distanceOf(entry));
  readonly #retries = new Map<FileEntry, number>();
  #merging: Generator<void, void> | undefined;
  #needsMerge = false;
  #lastSave: number;
  /** When the walk's turn began after which reading had its first; see `#isReadingTurn`. */
  #turnStarted: number | undefined;
  #isCapped = false;
  /** When capped: files that are not nearer than this are not read. */
  #farthest = Number.POSITIVE_INFINITY;
  #distance: (place: Place) => number = distanceTo([]);
  #openPlaces: ReadonlySet<string> = new Set();
  #sourceBytes = 0;
  /** Bytes of files that were taken out since the index gave back what they took. */
  #takenOut = 0;
  #extracted = 0;
  #reused = 0;

  constructor(options: IndexerOptions) {
    this.#options = options;
    this.#documents = new OpenDocuments(options.extractor);
    const { sources, gitUser, generated } = options;
    this.#walkOptions = { files: sources, gitUser, ...(generated === undefined ? {} : { generated }) };
    this.#scans = new Scans(this.#walkOptions);
    this.#lastSave = options.clock.now();
    this.#texts = new IndexedTexts(sources, options.extractor);
    this.index = new MemoryIndex((folder, path) => {
      const entry = this.#roots.find(({ uri }) => uri === folder)?.files.get(path);
      return entry === undefined ? undefined : this.#texts.read(entry);
    });
  }

  get status(): IndexStatus {
    const leftOut: Partial<Record<LeftOutReason, number>> = {};
    const count = (reason: LeftOutReason, times: number): void => {
      leftOut[reason] = (leftOut[reason] ?? 0) + times;
    };
    for (const root of this.#roots) {
      for (const [reason, times] of root.leftOut) count(reason, times);
      for (const { state, reason } of root.files.values()) {
        if (state === "leftOut" && reason !== undefined) count(reason, 1);
        if (state === "capped") count("memory", 1);
      }
    }
    return {
      state: !this.#scans.isEmpty ? "scanning" : this.#queue.length > 0 ? "indexing" : "ready",
      files: this.index.fileCount,
      sourceBytes: this.#sourceBytes,
      chunks: this.index.chunkCount,
      names: this.index.nameCount,
      waiting: this.#queue.length,
      extracted: this.#extracted,
      reused: this.#reused,
      memoryBytes: this.memoryBytes,
      memoryLimit: this.#options.memoryLimit,
      storedBytes: this.#roots.reduce((sum, { store }) => sum + (store?.storedBytes ?? 0), 0),
      isCapped: this.#isCapped,
      leftOut,
    };
  }

  /** Bytes in memory, by own accounting. */
  get memoryBytes(): number {
    let bytes = this.index.byteLength + this.#texts.byteLength + this.#queue.length * 8;
    for (const { files, store } of this.#roots) bytes += files.size * entryBytes + (store?.byteLength ?? 0);
    return bytes;
  }

  /** Steps from a place to the nearest open document; see distanceTo. */
  distanceOf(place: Place): number {
    return this.#distance(place);
  }

  /** The workspace folders that are open; walks those that are new. */
  setFolders(folders: readonly IndexFolder[]): void {
    const gone = this.#roots.filter(({ uri }) => !folders.some((folder) => folder.uri === uri));
    for (const root of gone) this.#closeRoot(root);
    const added = folders.filter(({ uri }) => !this.#roots.some((root) => root.uri === uri));
    for (const folder of added) {
      const { storage } = this.#options;
      const root = new WorkspaceRoot(folder, storage === undefined ? undefined : openFolderStore(storage, folder.uri));
      this.#roots.push(root);
      if (root.store !== undefined) this.#catalogs.set(root, root.store.catalog);
      this.#scans.start(root, "", () => this.#openPathIn(root));
    }
    for (const root of this.#roots) {
      const inner = this.#roots.flatMap((other) => {
        const path = other === root ? undefined : root.relative(other.directory);
        return path === undefined || path === "" ? [] : [path];
      });
      const isSame = inner.length === root.inner.size && inner.every((path) => root.inner.has(path));
      root.inner = new Set(inner);
      if (!isSame) this.#scans.start(root);
    }
    for (const document of this.#documents.all()) this.#place(document);
    this.#measureAnew();
    if (this.#options.storage !== undefined && added.length > 0) {
      dropUnused(
        this.#options.storage,
        this.#roots.map(({ uri }) => uri),
      );
    }
  }

  /** Walks all folders again: for an editor that does not say what changes. */
  rescan(): void {
    for (const root of this.#roots) this.#scans.start(root);
  }

  /** A document was opened, or has a new text. It is in the index after `run`, or after `refresh`. */
  setDocument(uri: string, text: string): void {
    const known = this.#documents.get(uri);
    this.#documents.set(uri, known?.place ?? this.#placeOf(uri), text);
    if (known === undefined) this.#measureAnew();
  }

  /** A document that is open was edited; each edit counts in the text that the one before left. */
  editDocument(uri: string, edits: readonly DocumentEdit[]): void {
    this.#documents.edit(uri, edits);
  }

  /** From now on the disk's text counts. */
  closeDocument(uri: string): void {
    const document = this.#documents.close(uri);
    if (document?.place === undefined) return;
    const { place } = document;
    const root = this.#roots.find((each) => each.uri === place.folder);
    const entry = root?.files.get(place.path);
    this.index.remove(place.folder, place.path);
    if (entry?.state === "open") this.#wait(entry);
    else if (root !== undefined) this.#changed.add(root.absolute(place.path));
    this.#measureAnew();
  }

  /** Puts the open document at a place into the index, with this text. Before a question about that document. */
  async refresh({ folder, path, text }: Place & { readonly text: string }): Promise<void> {
    for (const { uri, place } of this.#documents.all()) {
      if (place?.folder !== folder || place.path !== path) continue;
      this.#documents.set(uri, place, text);
      const document = this.#documents.get(uri);
      if (document?.isDirty === true) await this.#indexDocument(document);
    }
  }

  /** Something changed at these absolute paths, files or folders. */
  changePaths(paths: readonly string[]): void {
    if (paths.length + this.#changed.size > mostChangedPaths) {
      this.#changed.clear();
      this.rescan();
      return;
    }
    for (const path of paths) this.#changed.add(path);
  }

  /** Works until there is nothing left to do or the signal aborts; called again, it goes on where it was. */
  async run({ signal, pause }: RunOptions): Promise<void> {
    const { clock } = this.#options;
    let started = clock.now();
    while (!signal.aborted && (await this.#step())) {
      if (clock.now() - started < sliceMilliseconds && this.#options.isUrgent?.() !== true) continue;
      await pause?.();
      started = clock.now();
    }
  }

  /** Saves what is not saved. */
  save(): void {
    for (const root of this.#roots) this.#saveRoot(root);
    this.#lastSave = this.#options.clock.now();
  }

  /** Is there something that `save` would write? */
  get needsSave(): boolean {
    return this.#roots.some(({ store, isDirty }) => store !== undefined && isDirty);
  }

  /** Saves, and frees what is not the garbage collector's. */
  async dispose(): Promise<void> {
    this.save();
    for (const { store } of this.#roots) store?.release();
    this.#documents.dispose();
    await this.#options.onDispose?.();
  }

  /** Does the next thing. @returns False when there is nothing to do. */
  async #step(): Promise<boolean> {
    for (const document of this.#documents.all()) {
      if (!document.isDirty) continue;
      await this.#indexDocument(document);
      return true;
    }
    for (const path of this.#changed) {
      this.#changed.delete(path);
      this.#lookAt(path);
      return true;
    }
    if (!this.#isReadingTurn() && this.#walkOn()) return true;
    if (this.#options.clock.now() - this.#lastSave > saveMilliseconds && this.needsSave) {
      this.save();
      return true;
    }
    const entry = this.#nextEntry();
    if (entry !== undefined) {
      await this.#read(entry);
      return true;
    }
    if (this.#needsMerge) {
      this.#merging ??= this.index.merge();
      if (this.#merging.next().done === true) {
        this.#merging = undefined;
        this.#needsMerge = false;
      }
      return true;
    }
    return false;
  }

  /** While a walk goes on that began at an open document, what it has found there is read in turns with it. */
  #isReadingTurn(): boolean {
    if (this.#scans.isEmpty || this.#openPlaces.size === 0 || this.#queue.length === 0) {
      this.#turnStarted = undefined;
      return false;
    }
    const now = this.#options.clock.now();
    this.#turnStarted ??= now;
    return Math.floor((now - this.#turnStarted) / turnMilliseconds) % 2 === 1;
  }

  /** The path of the document in a root that is open the longest. */
  #openPathIn(root: WorkspaceRoot): string | undefined {
    return [...this.#documents.all()].find(({ place }) => place?.folder === root.uri)?.place?.path;
  }

  /** Takes a step of a walk. @returns False when there is none. */
  #walkOn(): boolean {
    const step = this.#scans.step();
    if (step === undefined) return false;
    const { scan } = step;
    if (step.type === "file") this.#meet(scan.root, step.file, scan.number);
    else if (step.type === "ended") this.#endScan(scan);
    else if (step.type === "lost") this.#endLostScan(scan, step.error);
    return true;
  }

  #endScan(scan: Scan): void {
    const { root, below, number, leftOut, unreadable } = scan;
    for (const entry of [...root.files.values()]) {
      const isBelow = below === "" || entry.path.startsWith(`${below}/`);
      if (isBelow && entry.seen < number) this.#forget(entry);
    }
    root.isThere = true;
    if (below !== "") return;
    root.leftOut = leftOut;
    this.#catalogs.delete(root);
    root.store?.touch();
    const [first] = unreadable;
    if (first !== undefined) {
      const more = unreadable.length > 1 ? ` and ${unreadable.length - 1} more` : "";
      this.#options.onProblem(`Left out of the index in ${root.directory}, as they cannot be read: ${first}${more}.`);
    }
    // Something may fit again.
    if (this.#isCapped) this.#readmit();
  }

  /** The workspace folder itself cannot be listed. */
  #endLostScan(scan: Scan, error: unknown): void {
    const { root } = scan;
    if (scan.below !== "") {
      this.#scans.start(root);
      return;
    }
    if (root.isThere) {
      const reason = isMissing(error) ? "it is not there" : errorMessage(error);
      this.#options.onProblem(`The folder ${root.directory} cannot be indexed: ${reason}.`);
    }
    root.isThere = false;
    // A folder that cannot be read just now keeps its index; what is saved stays in either case.
    if (isMissing(error)) for (const entry of [...root.files.values()]) this.#forget(entry);
  }

  /** A walk found a file. */
  #meet(root: WorkspaceRoot, { path, size, modified }: WalkStep & { type: "file" }, seen: number): void {
    const known = root.files.get(path);
    if (known !== undefined) {
      known.seen = seen;
      const isSame = known.size === size && known.modified === modified;
      if (known.state !== "waiting" && known.state !== "open" && !isSame) this.#readAgain(known);
      return;
    }
    const saved = this.#catalogs.get(root)?.get(path);
    const isSaved = saved !== undefined && saved.size === size && saved.modified === modified;
    const entry: FileEntry = {
      root,
      path,
      size,
      modified: isSaved ? modified : Number.NaN,
      key: isSaved ? saved.key : undefined,
      reason: isSaved ? saved.reason : undefined,
      state: isSaved && saved.reason !== undefined ? "leftOut" : "waiting",
      seen,
    };
    root.files.set(path, entry);
    if (this.#openPlaces.has(placeKey(root.uri, path))) entry.state = "open";
    if (entry.state === "waiting") this.#wait(entry);
  }

  /** Somebody said that a path changed. */
  #lookAt(absolute: string): void {
    const place = locate(this.#roots, absolute);
    if (place === undefined) return;
    const { root, path } = place;
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (path === "" || ruleFileNames.has(name) || path.endsWith(".git/info/exclude")) {
      this.#scans.start(root);
      return;
    }
    if (path.split("/").includes(".git")) return;
    let kind: FileFacts["kind"] | undefined;
    try {
      ({ kind } = this.#options.sources.facts(absolute));
    } catch (error) {
      if (!isMissing(error)) return;
    }
    const known = root.files.get(path);
    if (kind === "folder") {
      if (known !== undefined) this.#forget(known);
      this.#scans.start(root, path);
      return;
    }
    const step = kind === undefined ? undefined : walkPath(root.directory, path, this.#walkOptions);
    if (step?.type === "file") {
      this.#meet(root, step, this.#scans.number);
      return;
    }
    if (known !== undefined) this.#forget(known);
    else if (kind === undefined) this.#forgetBelow(root, path);
  }

  #forgetBelow(root: WorkspaceRoot, folder: string): void {
    for (const entry of [...root.files.values()]) {
      if (entry.path.startsWith(`${folder}/`)) this.#forget(entry);
    }
  }

  /** The file has gone, or is left out from now on. An open document stays. */
  #forget(entry: FileEntry): void {
    const { root, path } = entry;
    root.files.delete(path);
    root.isDirty = true;
    this.#retries.delete(entry);
    this.#texts.forget(entry);
    if (entry.state !== "open") this.#takeOut(entry);
    // Whatever still waits finds that it is not known any more.
    entry.state = "leftOut";
  }

  #takeOut(entry: FileEntry): void {
    if (entry.state === "held") this.#sourceBytes -= entry.size;
    if (!this.index.remove(entry.root.uri, entry.path)) return;
    this.#takenOut += entry.size;
    this.#needsMerge = true;
    this.#options.onChange?.({ folder: entry.root.uri, path: entry.path });
  }

  #readAgain(entry: FileEntry): void {
    entry.modified = Number.NaN;
    entry.reason = undefined;
    this.#wait(entry);
  }

  #wait(entry: FileEntry): void {
    if (entry.state === "held") this.#sourceBytes -= entry.size;
    entry.state = "waiting";
    this.#queue.add(entry);
  }

  #nextEntry(): FileEntry | undefined {
    for (let entry = this.#queue.take(); entry !== undefined; entry = this.#queue.take()) {
      // One that is in is only read again.
      if (this.#distanceOf(entry) < this.#farthest || this.index.has(entry.root.uri, entry.path)) return entry;
      entry.state = "capped";
      this.#isCapped = true;
    }
    return undefined;
  }

  /** Puts a file into the index, by what is on disk of it or by reading it. */
  async #read(entry: FileEntry): Promise<void> {
    const { root, path } = entry;
    const { sources, extractor, clock } = this.#options;
    const absolute = root.absolute(path);
    let bytes: Uint8Array;
    try {
      const facts = sources.facts(absolute);
      if (facts.kind !== "file") {
        this.#leaveOut(entry, facts.kind === "link" ? "link" : "special");
        return;
      }
      if (facts.size > largestFileBytes) {
        this.#leaveOut(entry, "tooLarge");
        return;
      }
      if (facts.size === entry.size && facts.modified === entry.modified && this.#putStored(entry)) return;
      bytes = sources.read(absolute);
      const isFresh = clock.time() - facts.modified < freshMilliseconds;
      entry.modified = isFresh ? -1 : facts.modified;
    } catch (error) {
      if (isMissing(error)) this.#forget(entry);
      else this.#leaveOut(entry, "unreadable");
      return;
    }
    const key = contentKey(extractor.languageOf(path)?.id, bytes);
    const isSame = key === entry.key && this.index.has(root.uri, path);
    entry.size = bytes.length;
    entry.key = key;
    root.isDirty = true;
    if (isSame) {
      this.#hold(entry);
      return;
    }
    if (this.#putStored(entry)) return;
    const text = decodeText(bytes);
    const reason = text === undefined ? "binary" : reasonOfText(text);
    if (text === undefined || reason !== undefined) {
      this.#leaveOut(entry, reason ?? "binary");
      return;
    }
    // Not before: a start from what is saved needs no grammars.
    await extractor.prepare(path);
    if (entry.state === "waiting") this.#extract(entry, text, key);
  }

  #extract(entry: FileEntry, text: string, key: string): void {
    const { root, path } = entry;
    const { extractor, clock, isUrgent } = this.#options;
    const retries = this.#retries.get(entry) ?? 0;
    const started = clock.now();
    let isPutOff = false;
    let symbols: FileSymbols | undefined;
    try {
      symbols = extractor.extract(path, text, () => {
        isPutOff = retries < mostRetries && isUrgent?.() === true;
        return isPutOff || clock.now() - started > parseLimit;
      });
    } catch (error) {
      // A grammar that fails on one file must not stop all others.
      const reason = errorMessage(error);
      this.#options.onProblem(`${root.absolute(path)} cannot be parsed and is searched as plain text: ${reason}.`);
    }
    if (symbols === undefined && isPutOff) {
      this.#retries.set(entry, retries + 1);
      entry.key = undefined;
      entry.modified = Number.NaN;
      this.#queue.putBack(entry);
      return;
    }
    this.#retries.delete(entry);
    const encoded = encodeFile(text, symbols ?? extractor.symbolsWithoutSyntax(path, text));
    this.#put(entry, encoded);
    this.#extracted++;
    root.store?.add(key, joinParts(encoded));
  }

  /** Puts a file in by what is on disk of its content. @returns Whether there was something. */
  #putStored(entry: FileEntry): boolean {
    const bytes = entry.key === undefined ? undefined : entry.root.store?.get(entry.key);
    if (bytes === undefined) return false;
    try {
      this.#put(entry, splitParts(bytes));
    } catch (error) {
      if (error instanceof DamagedTermsError || error instanceof RangeError) return false;
      throw error;
    }
    this.#reused++;
    return true;
  }

  #put(entry: FileEntry, encoded: EncodedFile): void {
    const { root, path } = entry;
    this.index.put(root.uri, path, this.#options.extractor.languageOf(path)?.id, encoded);
    this.#needsMerge = true;
    this.#hold(entry);
    this.#options.onChange?.({ folder: root.uri, path });
    this.#holdToLimit();
  }

  #hold(entry: FileEntry): void {
    entry.state = "held";
    entry.reason = undefined;
    this.#sourceBytes += entry.size;
  }

  #leaveOut(entry: FileEntry, reason: LeftOutReason): void {
    this.#takeOut(entry);
    entry.state = "leftOut";
    entry.reason = reason;
    entry.key = undefined;
    entry.root.isDirty = true;
  }

  #placeOf(uri: string): Place | undefined {
    let absolute: string;
    try {
      absolute = fileURLToPath(uri);
    } catch {
      return undefined;
    }
    const place = locate(this.#roots, absolute);
    return place === undefined || place.path === "" ? undefined : { folder: place.root.uri, path: place.path };
  }

  /** Workspace folders have changed: a document may be in another one now. */
  #place(document: OpenDocument): void {
    const place = this.#placeOf(document.uri);
    if (place?.folder === document.place?.folder && place?.path === document.place?.path) return;
    if (document.place !== undefined) this.index.remove(document.place.folder, document.place.path);
    document.place = place;
    document.isDirty = true;
  }

  async #indexDocument(document: OpenDocument): Promise<void> {
    document.isDirty = false;
    const { place, text } = document;
    const root = this.#roots.find(({ uri }) => uri === place?.folder);
    if (place === undefined || root === undefined) return;
    const { folder, path } = place;
    const { extractor } = this.#options;
    await extractor.prepare(path);
    const entry = root.files.get(path);
    if (entry !== undefined) {
      if (entry.state === "held") this.#sourceBytes -= entry.size;
      entry.state = "open";
    } else {
      // One that is not on disk yet, or one that is left out.
      if (walkPath(root.directory, path, this.#walkOptions)?.type === "leftOut") return;
    }
    if (reasonOfText(text) !== undefined) {
      this.index.remove(folder, path);
      return;
    }
    const symbols = this.#documents.symbols(document);
    const language = extractor.languageOf(path)?.id;
    this.index.put(folder, path, language, encodeFile(text, symbols), { text, symbols });
    this.#needsMerge = true;
    this.#holdToLimit();
  }

  #distanceOf({ root, path }: FileEntry): number {
    return this.#distance({ folder: root.uri, path });
  }

  /** Other documents are open: other files are near. */
  #measureAnew(): void {
    const places = [...this.#documents.all()].flatMap(({ place }) => place ?? []);
    this.#openPlaces = new Set(places.map(({ folder, path }) => placeKey(folder, path)));
    this.#distance = distanceTo(places);
    this.#queue.reorder();
    if (this.#isCapped) this.#readmit();
  }

  /** Lets files in again that are nearer than the farthest that are in; those then go. */
  #readmit(): void {
    let farthest = -1;
    for (const { files } of this.#roots) {
      for (const entry of files.values()) {
        if (entry.state === "held") farthest = Math.max(farthest, this.#distanceOf(entry));
      }
    }
    if (this.#takenOut > this.#sourceBytes * takenOutShare) this.#compact();
    const hasRoom = this.memoryBytes < this.#options.memoryLimit * memoryWithRoom;
    this.#farthest = hasRoom ? Number.POSITIVE_INFINITY : farthest;
    this.#isCapped = false;
    for (const { files } of this.#roots) {
      for (const entry of files.values()) {
        if (entry.state !== "capped") continue;
        if (hasRoom || this.#distanceOf(entry) < farthest) this.#wait(entry);
        else this.#isCapped = true;
      }
    }
  }

  /** When there is more in memory than there may be, the farthest files go. */
  #holdToLimit(): void {
    const { memoryLimit } = this.#options;
    while (this.memoryBytes > memoryLimit) {
      const held = this.#roots.flatMap(({ files }) => [...files.values()].filter(({ state }) => state === "held"));
      if (held.length === 0) return;
      const inUse = { limit: memoryLimit, bytes: this.memoryBytes, sourceBytes: this.#sourceBytes };
      const { evicted, farthest } = chooseEvicted(held, (entry) => this.#distanceOf(entry), inUse);
      for (const entry of evicted) {
        this.#takeOut(entry);
        entry.state = "capped";
      }
      this.#farthest = farthest;
      this.#isCapped = true;
      this.#compact();
    }
  }

  #compact(): void {
    this.index.compact();
    this.#takenOut = 0;
  }

  #saveRoot(root: WorkspaceRoot): void {
    if (root.store === undefined || !root.isDirty || !root.isThere) return;
    // Before the first walk has ended, what is saved knows more files than we do.
    if (this.#catalogs.has(root)) {
      root.store.flush();
      return;
    }
    root.store.save(root.catalog());
    root.isDirty = false;
  }

  #closeRoot(root: WorkspaceRoot): void {
    this.#saveRoot(root);
    root.store?.release();
    this.#roots = this.#roots.filter((other) => other !== root);
    this.#scans.drop(root);
    this.#catalogs.delete(root);
    for (const entry of [...root.files.values()]) this.#forget(entry);
  }
}

function placeKey(folder: string, path: string): string {
  return `${folder}\0${path}`;
}
