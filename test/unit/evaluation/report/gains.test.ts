// The gains in a report, and what a report that is written anew takes over from the one before.
import { expect, test } from "vitest";
import { renderGains, renderGainsTable } from "../../../../server/src/evaluation/report/gains.js";
import { readSurroundings, renderExample } from "../../../../server/src/evaluation/report/samples.js";
import { escapeHtml, html, unescapeHtml } from "../../../../server/src/report/html.js";
import { recordOf } from "../samples.js";

const better = { value: 0.02, low: 0.01, high: 0.03, n: 40 };
const worse = { value: -0.1, low: -0.2, high: 0, n: 40 };
const gains = [
  { source: "imports", differences: { exactMatch: better, abstained: worse, bleu4: better } },
  { source: "open_files", differences: { exactMatch: worse } },
];

test("a row for each source, a column for each metric that there is", () => {
  expect(renderGainsTable(gains)).toBe(
    [
      "| Source | Exact match | Nothing shown |",
      "| --- | ---: | ---: |",
      "| imports | +0.020 (+0.010 to +0.030) | −0.100 (−0.200 to 0.000) |",
      "| open\\_files | −0.100 (−0.200 to 0.000) | – |",
    ].join("\n"),
  );
});

test("the plot has the scores, the table all of them; without gains there is nothing", () => {
  const page = renderGains(gains)?.text ?? "";
  expect(page.match(/<circle/g)).toHaveLength(2);
  expect(page).toContain('<th class="number">Nothing shown</th>');
  expect(page).toContain('<td class="number">−0.100<span class="note">−0.200 to 0.000</span></td>');
  expect(renderGains([])).toBeUndefined();
});

test("what stood around the samples of a page is read from it as it was", () => {
  const attack = `</span></pre>&lt;&amp;lt;"'<span class="around">`;
  const known = { prefix: `before ${attack}\r\n`, suffix: "", snippets: [`one ${attack}`, "two"] };
  const plain = { prefix: "\n\tx = ", suffix: "\n", snippets: [] };
  const page = html`<h2>Right</h2>${[
    renderExample({ record: recordOf({ id: attack, path: attack, raw: `raw ${attack}` }), surroundings: known }),
    renderExample({ record: recordOf({ id: "plain", text: "wrong" }), surroundings: plain }),
    renderExample({ record: recordOf({ id: "unknown" }) }),
  ]}`;
  expect([...readSurroundings(page.text)]).toEqual([
    [attack, known],
    ["plain", plain],
  ]);
  expect(readSurroundings("<h2>Right</h2>")).toEqual(new Map());
});

test("text comes out of HTML as it went in", () => {
  for (const text of ["", "a & b", `<a href="x">'`, "&amp;lt; &#39; &nbsp;"]) {
    expect(unescapeHtml(escapeHtml(text))).toBe(text);
  }
});
