// Somebody who types into files: at the times of server/src/evaluation/replay/cadence.ts, with errors that are noticed and
// taken back, and, if asked to, going from place to place and from file to file.
import { createCadence } from "../../server/src/evaluation/replay/cadence.js";
import { seededRandom } from "../support/seededRandom.js";
import type { TypedFile } from "./typedFile.js";

/**
 * Share of letters that are mistyped. With one or two more keys until it is noticed, about one key in twenty is a
 * backspace, a little below the 6.3% of Dhakal et al. (CHI 2018).
 */
const errorShare = 0.03;

/** Keys at one place before the caret goes elsewhere, where it does. */
const keysAtPlace = { least: 20, most: 80 };

/** A place at which something is to be typed. */
export interface TypingPlace {
  readonly file: TypedFile;
  readonly place: number;
}

/** What a key has done. */
export interface Keystroke {
  readonly at: TypingPlace;
  readonly kind: "key" | "backspace" | "elsewhere";
  /** Milliseconds until the next key. */
  readonly pause: number;
}

/**
 * The keys, one by one: each has been pressed when it is given out, and the next one is chosen by what is there then.
 *
 * @param wanders goes on at another place every now and then; otherwise one place after the other
 */
export function* type(places: readonly TypingPlace[], seed: number, wanders: boolean): Generator<Keystroke> {
  const random = seededRandom(seed);
  const cadence = createCadence(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const open = [...places];
  let index = 0;
  let left = Number.POSITIVE_INFINITY;
  const newStay = (): number => keysAtPlace.least + below(keysAtPlace.most - keysAtPlace.least);
  if (wanders) {
    left = newStay();
  }
  while (open.length > 0) {
    const at = open[index] as TypingPlace;
    const { file, place } = at;
    const rest = file.rest(place);
    if (rest === "") {
      open.splice(index, 1);
      index = 0;
      continue;
    }
    if (left <= 0) {
      left = newStay();
      index = (index + 1 + below(Math.max(1, open.length - 1))) % open.length;
      yield { at: open[index] as TypingPlace, kind: "elsewhere", pause: cadence("", "\n") };
      continue;
    }
    const before = rest.charAt(0);
    const isLetter = /[a-z]/i.test(before);
    if (isLetter && random() < errorShare) {
      const wrong =
        String.fromCharCode(97 + below(26)) +
        rest
          .slice(1)
          .slice(0, below(3))
          .replace(/[^a-z].*$/is, "");
      for (const character of wrong) {
        file.mistype(place, character);
        left--;
        yield { at, kind: "key", pause: cadence(before, character) };
      }
      for (let taken = 0; taken < wrong.length; taken++) {
        file.backspace(place);
        yield { at, kind: "backspace", pause: cadence(before, before) };
      }
    }
    file.pressKey(place);
    left--;
    yield { at, kind: "key", pause: cadence(before, file.rest(place).charAt(0)) };
  }
}
