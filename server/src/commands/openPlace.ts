// The place that a command is asked about, as an editor has it: the file as a document, in the folder that is open.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TextDocument } from "vscode-languageserver-textdocument";
import { snapshotDocument } from "../workspace/documentSnapshot.js";
import { installationAround, languageIdOf, loadInstalledLanguages } from "../workspace/installation.js";
import { offsetOf, parseLocation } from "../workspace/location.js";
import { readSourceFile } from "../workspace/sourceFile.js";
import { findWorkspace } from "./workspaceOf.js";

/**
 * Reads the file.
 *
 * @param place `FILE:LINE:COLUMN`
 * @param folder that an editor would have open; the file's git repository where it is not given
 * @throws {InputError} when there is no such place
 */
export async function openPlace(place: string, folder: string | undefined) {
  const location = parseLocation(place);
  const file = resolve(location.file);
  const workspace = await findWorkspace(file, folder);
  const text = await readSourceFile(file);
  const installation = installationAround(import.meta.dirname);
  const languages = await loadInstalledLanguages(installation, (problem) =>
    process.stderr.write(`horizon: ${problem}\n`),
  );
  const textDocument = TextDocument.create(pathToFileURL(file).href, languageIdOf(file, languages), 1, text);
  const offset = offsetOf(location, textDocument);
  const document = snapshotDocument(textDocument, [{ uri: pathToFileURL(workspace).href, name: "" }]);
  return { location, workspace, installation, languages, textDocument, document, offset };
}
