// Members of the types of what members are being taken of near the caret: `user.na` → what a User has.
import { caretSite, textOf } from "../caretSite.js";
import type { ContextQuery } from "../contextSource.js";
import type { IndexedFile, LocatedDefinition, RepositoryIndex } from "../repositoryIndex.js";
import { compactHead } from "../shapes.js";
import type { Definition } from "../symbols.js";
import { firstOf, isEverywhere, isSameFamily } from "./candidates.js";
import { type Receiver, receiversNear, typeInHead } from "./receiverTypes.js";
import { allMembers, findType, type LocatedType } from "./types.js";
import { isUsable } from "./usable.js";

/** A member, and how many receivers are nearer to the caret than the one whose it is. */
export interface ReceiverMember {
  readonly file: IndexedFile;
  readonly place: number;
  readonly definition: Definition;
  readonly rank: number;
}

/** Members of one type: a large class has hundreds. */
const mostMembers = 64;

/** Definitions of a name whose heads are read for its type; with more, nobody knows which is meant. */
const mostTyped = 4;

/** What an object calls itself: its members are classMembers'. */
const selfNames: ReadonlySet<string> = new Set(["this", "self", "super"]);

/** Of each receiver near the caret, the members that the code there can name: those that `isNamed` says yes to, then those most called. */
export function receiverMembers(
  query: ContextQuery,
  index: RepositoryIndex,
  isNamed: (name: string) => boolean,
): readonly ReceiverMember[] {
  const site = caretSite(query, index);
  const { file: own } = site;
  if (own === undefined) {
    return [];
  }
  return receiversNear(query.text, query.offset).flatMap((receiver, rank) =>
    typesOf(receiver, own, query, index).flatMap((type) =>
      allMembers(type, index)
        .filter(({ file, place }) => isUsable(query, site, file, place))
        .map(({ file, place }) => {
          const definition = file.definition(place) as Definition;
          const order = Number(isNamed(definition.name)) * 1e9 + index.mentionsOf(definition.name);
          return { file, place, definition, rank, order };
        })
        .sort((a, b) => b.order - a.order)
        .slice(0, mostMembers),
    ),
  );
}

/** The types that something may have: what the text says, else what its definitions do. */
function typesOf(
  { name, type }: Receiver,
  own: IndexedFile,
  query: ContextQuery,
  index: RepositoryIndex,
): readonly LocatedType[] {
  if (type !== undefined) {
    return [findType(type, own, index) ?? []].flat();
  }
  if (selfNames.has(name) || isEverywhere(name, index)) {
    return [];
  }
  const located = [...firstOf(index.definitionsOf(name, query), mostTyped + 1)];
  const isClear = located.length <= mostTyped;
  return located.flatMap((one) =>
    isClear && isSameFamily(one.file.language, query.language) ? (typeOf(one, query, index) ?? []) : [],
  );
}

/** The type that a definition's head names. */
function typeOf(
  { file, definition }: LocatedDefinition,
  query: ContextQuery,
  index: RepositoryIndex,
): LocatedType | undefined {
  const text = textOf(query, file);
  if (text === undefined) {
    return undefined;
  }
  const { start, end } = compactHead(text, definition);
  const type = typeInHead(text.slice(start, end), definition.name);
  return type === undefined ? undefined : findType(type, file, index);
}
