// OpenFeature asks flagd's evaluation of a file: no flag server, no network.
import type { FlagdCore } from "@openfeature/flagd-core";
import type { EvaluationContext, JsonValue, Provider, ResolutionDetails } from "@openfeature/server-sdk";

/** Evaluates the flags of a file in this process. */
export class FlagdFileProvider implements Provider {
  readonly metadata = { name: "flagd file" };
  readonly runsOn = "server";
  readonly #flags: FlagdCore;

  constructor(flags: FlagdCore) {
    this.#flags = flags;
  }

  async resolveBooleanEvaluation(
    flag: string,
    otherwise: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    return this.#flags.resolveBooleanEvaluation(flag, otherwise, context);
  }

  async resolveStringEvaluation(
    flag: string,
    otherwise: string,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<string>> {
    return this.#flags.resolveStringEvaluation(flag, otherwise, context);
  }

  async resolveNumberEvaluation(
    flag: string,
    otherwise: number,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<number>> {
    return this.#flags.resolveNumberEvaluation(flag, otherwise, context);
  }

  async resolveObjectEvaluation<Value extends JsonValue>(
    flag: string,
    otherwise: Value,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<Value>> {
    return this.#flags.resolveObjectEvaluation(flag, otherwise, context);
  }
}
