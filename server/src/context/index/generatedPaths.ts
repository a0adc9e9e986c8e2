// Files that nobody writes by hand, by their names: what tools wrote, what others wrote and was copied here, data, and
// what is no text. `.horizonignore` can take folders back in (`!vendor/`).

/**
 * Folders, as patterns of .gitignore. They are left out where git tracks them, too: third-party code and build results
 * would outnumber the project's own files.
 */
export const generatedFolders: readonly string[] = [
  "node_modules/",
  "bower_components/",
  "jspm_packages/",
  "vendor/",
  "third_party/",
  "Pods/",
  "Carthage/",
  "site-packages/",
  ".venv/",
  "__pycache__/",
  "__generated__/",
  "dist/",
  "coverage/",
  ".nyc_output/",
  ".next/",
  ".nuxt/",
  ".svelte-kit/",
  ".angular/",
  ".gradle/",
  ".terraform/",
  ".tox/",
  ".mypy_cache/",
  ".pytest_cache/",
  ".ruff_cache/",
  ".cache/",
  ".yarn/",
  ".pnp/",
  ".hg/",
  ".svn/",
  ".jj/",
  ".idea/",
];

/** Folders that hold build results where there is no git to say so; within a repository they may hold sources. */
export const buildFolders: readonly string[] = ["build/", "out/", "target/", "obj/", "venv/"];

const lockFiles: ReadonlySet<string> = new Set([
  "cargo.lock",
  "composer.lock",
  "flake.lock",
  "gemfile.lock",
  "go.sum",
  "go.work.sum",
  "gradle.lockfile",
  "mix.lock",
  "npm-shrinkwrap.json",
  "package-lock.json",
  "packages.lock.json",
  "pdm.lock",
  "pipfile.lock",
  "pnpm-lock.yaml",
  "podfile.lock",
  "poetry.lock",
  "project.assets.json",
  "pubspec.lock",
  "uv.lock",
  "yarn.lock",
  ".pnp.cjs",
  ".pnp.loader.mjs",
]);

const generatedNames =
  /(\.min\.(js|mjs|cjs|css)|\.bundle\.js|\.chunk\.(js|css)|\.pb\.(go|cc|h)|_pb2(_grpc)?\.pyi?|\.g\.(dart|cs)|\.designer\.cs|\.generated\.\w+|\.snap)$/;

/** Text that is data, not code: it has no names that code could use, and much of it. */
const dataExtensions: ReadonlySet<string> = new Set([
  ".arff",
  ".bib",
  ".csv",
  ".dat",
  ".diff",
  ".dump",
  ".eml",
  ".geojson",
  ".ics",
  ".ipynb",
  ".json",
  ".json5",
  ".jsonl",
  ".log",
  ".map",
  ".mbox",
  ".ndjson",
  ".obj",
  ".patch",
  ".po",
  ".pot",
  ".rtf",
  ".srt",
  ".svg",
  ".tsv",
  ".vcf",
  ".vtt",
  ".xlf",
  ".xliff",
  ".xmi",
  ".xml",
]);

/** What of the data says how imports are meant: TypeScript's settings, and those that they extend. */
const importSettings = /^[jt]sconfig[\w.-]*\.json$/;

/** Saves reading what is surely no text; what is missing here is found out by its bytes. */
const binaryExtensions: ReadonlySet<string> = new Set(
  (
    "7z a aac aar ai apk arrow avi avif bin bmp br bz2 class db deb dll dmg doc docx dylib ear elf eot exe flac flv gif gz " +
    "gguf h5 heic icns ico iso jar jpeg jpg lib lz4 lzma m4a mkv mmdb mo mov mp3 mp4 mpeg msi nar npy npz o odp ods odt " +
    "ogg onnx otf parquet pb pdf pickle pkl png ppt pptx psd pt pth pyc pyd pyo rar rlib rpm safetensors so sqlite " +
    "sqlite3 swf tar tbz tgz tif tiff ttf vsix war wasm wav webm webp whl wma wmv woff woff2 xls xlsx xz zip zst"
  )
    .split(" ")
    .map((extension) => `.${extension}`),
);

/** Why a file's name leaves it out; undefined when it does not. */
export function reasonOfName(name: string): "generated" | "data" | "binary" | undefined {
  const lower = name.toLowerCase();
  if (lockFiles.has(lower) || generatedNames.test(lower)) return "generated";
  const dot = lower.lastIndexOf(".");
  const extension = dot < 0 ? "" : lower.slice(dot);
  if (binaryExtensions.has(extension)) return "binary";
  return dataExtensions.has(extension) && !importSettings.test(lower) ? "data" : undefined;
}
