// May code at the caret name a definition? What the languages keep to a file or a folder is no help elsewhere.
import { folderOf } from "../ast/importResolution/paths.js";
import { type CaretSite, isOwnFile } from "../caretSite.js";
import type { ContextQuery } from "../contextSource.js";
import type { IndexedFile } from "../repositoryIndex.js";
import type { Definition } from "../symbols.js";

/** Go's compiler reads tests apart from the rest. */
const goTest = /_test\.go$/;

/** Is a definition one that the code at the caret can name, and is not written around the caret itself? */
export function isUsable(query: ContextQuery, site: CaretSite, file: IndexedFile, place: number): boolean {
  if (isOwnFile(site, file)) {
    return !site.enclosing.includes(place);
  }
  if (goTest.test(file.path) && !goTest.test(query.path)) {
    return false;
  }
  const isKept = file.language === "go" && !isSameFolder(query, file) ? isUnexported : isPrivate;
  for (let one = file.definition(place); one !== undefined; one = file.definition(one.parent)) {
    if (isKept(one)) {
      return false;
    }
  }
  return true;
}

/** Is a file in the folder of the document, or of another file? */
export function isSameFolder({ folder, path }: Pick<ContextQuery, "folder" | "path">, file: IndexedFile): boolean {
  return file.folder === folder && folderOf(file.path) === folderOf(path);
}

function isPrivate(definition: Definition): boolean {
  return definition.isPrivate === true;
}

/** In Go a package's folder keeps to itself what begins with a small letter. */
function isUnexported({ name }: Definition): boolean {
  return !/^\p{Lu}/u.test(name);
}
