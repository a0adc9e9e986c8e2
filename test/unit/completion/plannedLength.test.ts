// The model's plan limits what is written, and cuts no line.
import { describe, expect, test } from "vitest";
import { CompletionEngine } from "../../../server/src/completion/engine.js";
import { limitsByPlan, oneLineTokens } from "../../../server/src/completion/plannedLength.js";
import { completeAt } from "./engineHarness.js";
import { ScriptedModel } from "./scriptedModel.js";

const limits = { maxLines: 12, maxTokens: 160 };
const plan = (remainingTokens: number) => ({ remainingTokens, fraction: 1 });

test("without a plan the rules alone count", () => {
  expect(limitsByPlan(limits, undefined)).toEqual(limits);
});

test("a short plan is one line, a long one as many as the rules allow", () => {
  expect(limitsByPlan(limits, plan(oneLineTokens - 1)).maxLines).toBe(1);
  expect(limitsByPlan(limits, plan(oneLineTokens)).maxLines).toBe(12);
  expect(limitsByPlan({ ...limits, maxLines: 3 }, plan(100)).maxLines).toBe(3);
});

describe("a text of several lines", () => {
  const text =
    "first = compute(one, two)\n    second = compute(three, four)\n    third = 3\n    fourth = 4\n    fifth = 5";

  async function write(remainingTokens: number | undefined, disabled: readonly string[] = []) {
    const model = new ScriptedModel({
      text,
      ...(remainingTokens === undefined ? {} : { plan: plan(remainingTokens) }),
    });
    const engine = new CompletionEngine({ model, clock: { now: () => 0 }, disabled: new Set(disabled) });
    const { completion } = await completeAt(engine, "def f():\n    █");
    return { lines: completion?.text.split("\n").length, model };
  }

  test("is one line where little is planned, and no more is asked of the model", async () => {
    const { lines, model } = await write(4);
    expect(lines).toBe(1);
    expect(model.written).not.toContain("second");
  });

  test("ends at the line end behind twice the plan", async () => {
    const { lines, model } = await write(oneLineTokens);
    expect(lines).toBe(4);
    expect(model.written).not.toContain("fifth");
  });

  test("is written to its end where much is planned, where there is no plan, and without the feature", async () => {
    expect((await write(60)).lines).toBe(5);
    expect((await write(undefined)).lines).toBe(5);
    expect((await write(4, ["horizonLength"])).lines).toBe(5);
  });
});
