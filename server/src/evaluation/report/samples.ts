// Single samples in a report: the document around the hole, and truth and suggestion as one diff.

import { formatScore } from "../../report/format.js";
import { type Html, html, unescapeHtml } from "../../report/html.js";
import type { SampleRecord } from "../hole.js";
import { confidenceOf } from "../metrics/brier.js";
import { diffTexts } from "./diff.js";
import type { Example, Surroundings } from "./examples.js";

/** What the colours of a diff mean. */
export function renderDiffLegend(): Html {
  return html`<p class="legend faint"><span class="same">in both</span> <span class="missing">only in the truth</span> <span class="wrong">only in the suggestion</span></p>`;
}

/** What a sample is, in one line. */
export function describeSample(record: SampleRecord): string {
  const { editSimilarity } = record.metrics;
  return [
    record.languageId,
    record.kind,
    `caret ${record.caret}`,
    record.failure,
    record.error === undefined ? undefined : `error: ${record.error}`,
    editSimilarity === undefined ? undefined : `edit similarity ${formatScore(editSimilarity)}`,
    record.meanLogProbability === undefined
      ? undefined
      : `confidence ${formatScore(confidenceOf(record.meanLogProbability))}`,
  ]
    .filter((fact) => fact !== undefined)
    .join(" · ");
}

/** A sample with what stood around it. */
export function renderExample({ record, surroundings }: Example): Html {
  return html`<article class="sample">
<header><b>${record.path}</b> <span>${record.id}<br>${describeSample(record)}</span></header>
${renderDiff(record, surroundings)}
${renderRaw(record)}
${renderSnippets(surroundings)}
</article>
`;
}

/** The document with truth and suggestion in it. */
export function renderDiff({ truth, text }: Pick<SampleRecord, "truth" | "text">, surroundings?: Surroundings): Html {
  const parts = diffTexts(truth, text).map(
    (part) =>
      html`<span class="${part.kind}">${part.kind === "same" ? part.text : part.text.replaceAll("\n", "⏎\n")}</span>`,
  );
  return html`<pre><span class="around">${surroundings?.prefix}</span>${parts}<span class="around">${surroundings?.suffix}</span></pre>`;
}

function renderRaw({ raw, text }: SampleRecord): Html | undefined {
  return raw === text ? undefined : html`<details><summary>Before post-processing</summary><pre>${raw}</pre></details>`;
}

function renderSnippets(surroundings: Surroundings | undefined): Html | undefined {
  const snippets = surroundings?.snippets ?? [];
  return snippets.length === 0
    ? undefined
    : html`<details><summary>Snippets in the prompt (${snippets.length})</summary>${snippets.map((snippet) => html`<pre>${snippet}</pre>`)}</details>`;
}

/**
 * What stood around the samples of a page, by id: what {@link renderExample} was given. A report can be written anew
 * with it when the holes are not at hand any more.
 */
export function readSurroundings(page: string): ReadonlyMap<string, Surroundings> {
  const found = new Map<string, Surroundings>();
  for (const article of page.split('<article class="sample">').slice(1)) {
    const id = /^\n<header><b>[^<]*<\/b> <span>([^<]*)<br>/.exec(article)?.[1];
    const [prefix, suffix] = textsOf(article, /<span class="around">([^<]*)<\/span>/g);
    // Without surroundings both are empty.
    if (id !== undefined && prefix !== undefined && suffix !== undefined && prefix + suffix !== "") {
      const snippets = /<summary>Snippets in the prompt[^<]*<\/summary>(.*?)<\/details>/s.exec(article)?.[1] ?? "";
      found.set(unescapeHtml(id), { prefix, suffix, snippets: textsOf(snippets, /<pre>([^<]*)<\/pre>/g) });
    }
  }
  return found;
}

function textsOf(markup: string, pattern: RegExp): readonly string[] {
  return [...markup.matchAll(pattern)].map(([, text = ""]) => unescapeHtml(text));
}
