// What becomes of one suggestion: a pure state machine from the request to exactly one outcome for each request.
//
// A suggestion is open until `advance` says that it has ended, and only an open one can be advanced: nothing can end
// twice. Where several things are true of it, the first of this order is the outcome (`conclude` writes it down):
// accepted in full, by line, by word; typed through; dismissed; replaced; ignored; expired. A request whose suggestion
// went on under the next request ends `continued`. Undo comes later and changes no outcome: it is an event of its own.
import { readMilliseconds } from "./definitions.js";
import type { Outcome } from "./event.js";

/** The greatest part of a suggestion that was accepted at once. */
export type AcceptedPart = Extract<Outcome, { type: "accepted" }>["how"];
export type ExpiredReason = Extract<Outcome, { type: "expired" }>["reason"];

/** Why a suggestion is over, where the user has accepted nothing of it. */
export type Cause = "typedThrough" | "dismissed" | "replaced" | "ignored";

/** The last edit that agreed with the suggestion: VS Code reports an acceptance only after the edit it makes. */
interface LastEdit {
  readonly by: "typing" | AcceptedPart;
  readonly characters: number;
}

interface Progress {
  /** Id of the suggestion: that of its first request. */
  readonly suggestion: string;
  /** Id of the request that carries it now. */
  readonly request: string;
  readonly accepted: { readonly how: AcceptedPart; readonly characters: number } | undefined;
  readonly typedCharacters: number;
  readonly lastEdit: LastEdit | undefined;
}

/** Asked for, not answered. */
export interface Requested extends Progress {
  readonly phase: "requested";
}

/** Given to the editor, which may not have drawn it yet. */
export interface Answered extends Progress {
  readonly phase: "answered";
  readonly since: number;
  /** What is not in the document yet; LF line ends. */
  readonly remaining: string;
}

/** On the screen, as far as can be told. */
export interface Shown extends Progress {
  readonly phase: "shown";
  readonly since: number;
  readonly remaining: string;
}

/** Over, unless the editor reports within a moment that what looked like an edit was an acceptance. */
export interface Leaving extends Progress {
  readonly phase: "leaving";
  readonly shownMilliseconds: number | undefined;
  readonly remaining: string;
  readonly cause: Cause;
}

/** A suggestion that has not ended. */
export type OpenSuggestion = Requested | Answered | Shown | Leaving;

/** What happened. `at` is in milliseconds by any one clock; characters are UTF-16 units of the suggestion. */
export type Signal =
  | { readonly type: "answered"; readonly at: number; readonly text: string }
  | { readonly type: "unanswered"; readonly reason: "cancelled" | "failed" | "late" | "superseded" }
  | { readonly type: "shown" }
  /** The user typed what comes next in the suggestion. */
  | { readonly type: "typed"; readonly at: number; readonly characters: number }
  /** What comes next in the suggestion was inserted at once. */
  | { readonly type: "acceptedPart"; readonly at: number; readonly how: "line" | "word"; readonly characters: number }
  /** All of the rest was inserted at once. */
  | { readonly type: "acceptedRest"; readonly at: number }
  /** The editor ran the command of the suggestion: the last edit has accepted all that it showed. */
  | { readonly type: "acceptCommand"; readonly at: number }
  | { readonly type: "dismissed"; readonly at: number }
  /** An edit that does not agree with the suggestion. */
  | { readonly type: "diverged"; readonly at: number; readonly byAnotherProvider: boolean }
  /** The caret went elsewhere, or the window lost the keyboard, or the document was closed. */
  | { readonly type: "left"; readonly at: number }
  /** The next request carries the suggestion on; `text` is what it has to say from here. */
  | { readonly type: "continuedBy"; readonly at: number; readonly request: string; readonly text: string }
  /** Long enough ago that the editor would have reported an acceptance. */
  | { readonly type: "settled" };

/** A request that has its outcome. */
export interface EndedRequest {
  readonly suggestion: string;
  readonly request: string;
  readonly outcome: Outcome;
  readonly visibility: { readonly shown: boolean; readonly milliseconds: number; readonly read: boolean };
}

/** What a signal leads to. */
export type Step =
  /** The request is open as before. */
  | { readonly type: "open"; readonly suggestion: OpenSuggestion }
  /** The request has ended; the suggestion is open under the next one. */
  | { readonly type: "continued"; readonly suggestion: OpenSuggestion; readonly ended: EndedRequest }
  | { readonly type: "ended"; readonly ended: EndedRequest };

/** A request has been made. */
export function open(request: string): Requested {
  return {
    phase: "requested",
    suggestion: request,
    request,
    accepted: undefined,
    typedCharacters: 0,
    lastEdit: undefined,
  };
}

/** Takes a signal. One that means nothing in this phase changes nothing. */
export function advance(suggestion: OpenSuggestion, signal: Signal): Step {
  switch (suggestion.phase) {
    case "requested":
      return answer(suggestion, signal);
    case "answered":
    case "shown":
      return use(suggestion, signal);
    case "leaving":
      return settle(suggestion, signal);
  }
}

function answer(suggestion: Requested, signal: Signal): Step {
  switch (signal.type) {
    case "answered":
      return signal.text === ""
        ? end(suggestion, { type: "expired", reason: "empty" }, undefined)
        : stay({ ...suggestion, phase: "answered", since: signal.at, remaining: signal.text });
    case "unanswered":
      return end(suggestion, { type: "expired", reason: signal.reason }, undefined);
    default:
      return stay(suggestion);
  }
}

function use(suggestion: Answered | Shown, signal: Signal): Step {
  switch (signal.type) {
    case "shown":
      return stay({ ...suggestion, phase: "shown" });
    case "typed": {
      const { characters } = signal;
      const typed = {
        ...consume(suggestion, characters),
        typedCharacters: suggestion.typedCharacters + characters,
        lastEdit: { by: "typing" as const, characters },
      };
      return stay(typed.remaining === "" ? leave(typed, "typedThrough", signal.at) : typed);
    }
    case "acceptedPart": {
      const part = accept(consume(suggestion, signal.characters), signal.how, signal.characters);
      return stay(part.remaining === "" ? leave(part, "ignored", signal.at) : part);
    }
    case "acceptedRest":
      return conclude(leave(accept(suggestion, "full", suggestion.remaining.length), "ignored", signal.at));
    case "acceptCommand":
      return conclude(acceptByCommand(leave(suggestion, "ignored", signal.at)));
    case "dismissed":
      // Escape means this only while ghost text is on the screen.
      return conclude(leave({ ...suggestion, phase: "shown" }, "dismissed", signal.at));
    case "diverged": {
      const cause = signal.byAnotherProvider ? "replaced" : "ignored";
      return stay(leave({ ...suggestion, lastEdit: undefined }, cause, signal.at));
    }
    case "left":
      return stay(leave(suggestion, "ignored", signal.at));
    case "continuedBy": {
      const { at, request, text } = signal;
      if (text === "" || request === suggestion.request) {
        return stay(suggestion);
      }
      const { ended } = end(suggestion, { type: "continued", by: request }, shownTime(suggestion, at));
      return { type: "continued", suggestion: { ...suggestion, request, remaining: text }, ended };
    }
    default:
      return stay(suggestion);
  }
}

function settle(suggestion: Leaving, signal: Signal): Step {
  switch (signal.type) {
    case "acceptCommand":
      return conclude(acceptByCommand(suggestion));
    case "settled":
      return conclude(suggestion);
    default:
      return stay(suggestion);
  }
}

function stay(suggestion: OpenSuggestion): Step {
  return { type: "open", suggestion };
}

function consume<Phase extends Answered | Shown>(suggestion: Phase, characters: number): Phase {
  return { ...suggestion, remaining: suggestion.remaining.slice(characters) };
}

/** Nobody accepts what is not on the screen. */
function accept(suggestion: Answered | Shown, how: AcceptedPart, characters: number): Shown {
  return { ...suggestion, phase: "shown", ...withAccepted(suggestion, how, characters) };
}

function withAccepted(
  { accepted }: Progress,
  how: AcceptedPart,
  characters: number,
): Pick<Progress, "accepted" | "lastEdit"> {
  const greatest = accepted === undefined || rank(how) > rank(accepted.how) ? how : accepted.how;
  return {
    accepted: { how: greatest, characters: (accepted?.characters ?? 0) + characters },
    lastEdit: { by: how, characters },
  };
}

function rank(how: AcceptedPart): number {
  return ["word", "line", "full"].indexOf(how);
}

/**
 * The edit before the command was the acceptance, whatever it looked like: the last character, which looked typed; a
 * part, where the editor still showed a shorter text; or an edit that did not agree, which then stands for the rest.
 */
function acceptByCommand(suggestion: Leaving): Leaving {
  const { lastEdit, typedCharacters, remaining } = suggestion;
  const shown = { ...suggestion, shownMilliseconds: suggestion.shownMilliseconds ?? 0 };
  if (lastEdit?.by === "typing" && remaining === "") {
    const typed = typedCharacters - lastEdit.characters;
    return { ...shown, typedCharacters: typed, ...withAccepted(suggestion, "full", lastEdit.characters) };
  }
  const isPart = lastEdit !== undefined && lastEdit.by !== "typing";
  return { ...shown, ...withAccepted(suggestion, "full", isPart ? 0 : remaining.length) };
}

function leave(suggestion: Answered | Shown, cause: Cause, at: number): Leaving {
  const { since: _, ...progress } = suggestion;
  return { ...progress, phase: "leaving", cause, shownMilliseconds: shownTime(suggestion, at) };
}

/** Undefined for what was never on the screen. */
function shownTime({ phase, since }: Answered | Shown, at: number): number | undefined {
  return phase === "shown" ? Math.max(0, at - since) : undefined;
}

/** The order of precedence. */
function conclude(suggestion: Leaving): EndedStep {
  const { accepted, typedCharacters, shownMilliseconds, cause } = suggestion;
  if (accepted !== undefined) {
    return end(suggestion, { type: "accepted", ...accepted, typedCharacters }, shownMilliseconds);
  }
  return shownMilliseconds === undefined
    ? end(suggestion, { type: "expired", reason: "late" }, undefined)
    : end(suggestion, { type: cause, typedCharacters }, shownMilliseconds);
}

type EndedStep = Extract<Step, { type: "ended" }>;

function end({ suggestion, request }: Progress, outcome: Outcome, shownMilliseconds: number | undefined): EndedStep {
  const milliseconds = shownMilliseconds ?? 0;
  const visibility = {
    shown: shownMilliseconds !== undefined,
    milliseconds,
    read: milliseconds >= readMilliseconds,
  };
  return { type: "ended", ended: { suggestion, request, outcome, visibility } };
}
