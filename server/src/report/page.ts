// The frame of a report: one HTML file that opens offline. No script, no font and no picture from elsewhere; the content
// security policy says so to the browser, too.
import { Html, html } from "./html.js";

const style = `
:root { color-scheme: light dark;
  --paper: #ffffff; --panel: #f6f7f9; --line: #dfe2e7; --ink: #1c2128; --faint: #626c78;
  --first: #2f6fdb; --second: #c2620c; --missing: #0f7a3d; --missing-back: #d9f2e1; --wrong: #b42318; --wrong-back: #fbe1de; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14171c; --panel: #1c2027; --line: #333943; --ink: #e4e7eb; --faint: #98a2ae;
  --first: #76a9ff; --second: #f2a25c; --missing: #6fd197; --missing-back: #17382a; --wrong: #ff9a8f; --wrong-back: #472321; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }
main { max-width: 940px; margin: 0 auto; padding: 36px 24px 80px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 48px 0 10px; }
h3 { font-size: 15px; margin: 26px 0 6px; }
p { margin: 8px 0; max-width: 72ch; }
.faint, .note { color: var(--faint); }
.note { font-size: 13.5px; }
.facts { display: flex; flex-wrap: wrap; gap: 2px 22px; margin: 12px 0 26px; font-size: 13.5px; }
.facts div { display: flex; gap: 6px; min-width: 0; }
.facts dt { color: var(--faint); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(172px, 1fr)); gap: 12px; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
.tile .name { font-size: 13px; color: var(--faint); }
.tile .figure { font-size: 22px; white-space: nowrap; font-weight: 600; line-height: 1.35; font-variant-numeric: tabular-nums; }
.tile .range { font-size: 12.5px; color: var(--faint); font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; font-size: 12.5px; color: var(--faint); white-space: nowrap; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
td .note { display: block; font-size: 12.5px; line-height: 1.5; }
td.range { color: var(--faint); white-space: nowrap; }
td.good { color: var(--missing); } td.bad { color: var(--wrong); }
.chart { display: block; width: 100%; height: auto; margin: 6px 0; }
.chart.square { max-width: 430px; }
.mark { width: 96px; height: 12px; vertical-align: -1px; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; }
svg .tick, svg .faint { fill: var(--faint); font-size: 11.5px; }
svg .strong { fill: var(--ink); }
svg .grid { stroke: var(--line); } svg .axis, svg .zero { stroke: var(--faint); }
svg .reference { stroke: var(--faint); stroke-dasharray: 4 3; } svg .over { stroke: var(--ink); }
svg .whisker { stroke-width: 2.5; stroke-linecap: round; }
svg .shadow { fill: var(--line); opacity: 0.6; }
svg .series0 { fill: var(--first); } svg .series0 .whisker { stroke: var(--first); stroke-opacity: 0.55; }
svg .series1 { fill: var(--second); } svg .series1 .whisker { stroke: var(--second); stroke-opacity: 0.55; }
.sample { border: 1px solid var(--line); border-radius: 8px; margin: 12px 0; overflow: hidden; }
.sample header { background: var(--panel); border-bottom: 1px solid var(--line); padding: 8px 14px; font-size: 13px; overflow-wrap: anywhere; }
.sample header b { font-weight: 600; }
.sample header span { color: var(--faint); }
pre { margin: 0; padding: 10px 14px; overflow-x: auto; font: 12.5px/1.5 ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", monospace; tab-size: 4; }
pre .around { color: var(--faint); }
pre .missing { color: var(--missing); background: var(--missing-back); text-decoration: underline dotted; border-radius: 2px; }
pre .wrong { color: var(--wrong); background: var(--wrong-back); text-decoration: line-through; border-radius: 2px; }
pre .same { background: color-mix(in srgb, var(--first) 14%, transparent); border-radius: 2px; }
.legend pre, .legend { font-size: 13px; }
.legend span { padding: 0 4px; border-radius: 2px; }
.legend .missing { color: var(--missing); background: var(--missing-back); text-decoration: underline dotted; }
.legend .wrong { color: var(--wrong); background: var(--wrong-back); text-decoration: line-through; }
.legend .same { background: color-mix(in srgb, var(--first) 14%, transparent); }
details { border-top: 1px solid var(--line); }
details summary { padding: 6px 14px; font-size: 13px; color: var(--faint); cursor: pointer; }
details pre + pre { border-top: 1px dashed var(--line); }
h4 { margin: 0; padding: 8px 14px 0; font-size: 12.5px; font-weight: 600; color: var(--faint); }
@media print { details { display: none; } }
`;

/** A whole page. */
export function renderPage(title: string, content: Html): string {
  // The style is ours and holds no text of others.
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`.text;
}

/** A headline figure. */
export interface Tile {
  readonly name: string;
  readonly figure: string;
  /** Its interval, or what else belongs to it. */
  readonly range?: string | undefined;
}

/** Headline figures, side by side. */
export function renderTiles(tiles: readonly Tile[]): Html {
  return html`<div class="tiles">${tiles.map(
    ({ name, figure, range }) =>
      html`<div class="tile"><div class="name">${name}</div><div class="figure">${figure}</div><div class="range">${range}</div></div>
`,
  )}</div>`;
}

/** Facts about a run, such as its dataset and model. */
export type Facts = Readonly<Record<string, string>>;

/** The head of a page: title, and what was run. */
export function renderHead(title: string, facts: Facts): Html {
  return html`<h1>${title}</h1>
<dl class="facts">${Object.entries(facts).map(([name, fact]) => html`<div><dt>${name}</dt><dd>${fact}</dd></div>`)}</dl>`;
}
