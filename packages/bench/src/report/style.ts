/** The page's style: system fonts, one accent and one warm colour, light and dark; from a phone to a wide screen, and on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: #17212b; --soft: #55636f; --line: #dbe1e6; --paper: #fff; --panel: #f5f7f9; --shade: #17212b30;
  --accent: #0a6a94; --accent-mid: #6ba9c6; --accent-soft: #c3dce8; --warm: #b9480e; --grey: #8a97a3;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e5ebf0; --soft: #a0adb8; --line: #2e3942; --paper: #11171c; --panel: #182027; --shade: #000a;
    --accent: #5fb6dc; --accent-mid: #3a7f9f; --accent-soft: #274d60; --warm: #f2995a; --grey: #7f8c98;
  }
}
* { box-sizing: border-box; }
html { font-size: clamp(16px, 14.4px + 0.16vw, 18px); -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
header, main { max-width: 96rem; margin: 0 auto; padding: 0 clamp(1rem, 3vw, 3rem); }
header { padding-top: 1.5rem; }
main:focus { outline: none; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .25rem .5rem; z-index: 2; }
.brand { margin: 0; color: var(--accent); font-weight: 650; letter-spacing: .02em; }
h1 { font-size: clamp(1.7rem, 1.3rem + 1.6vw, 2.5rem); line-height: 1.15; letter-spacing: -.015em; margin: .1rem 0 .35rem; text-wrap: balance; }
h2 { font-size: 1.35rem; letter-spacing: -.01em; margin: 3.25rem 0 1rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; overflow-wrap: anywhere; }
h3 small, .when, .note, figcaption, caption, small { color: var(--soft); font-weight: 400; }
.when { margin: 0 0 1rem; }
.lead { max-width: 46rem; margin: 0 0 1.5rem; font-size: 1.05rem; }
.note { max-width: 46rem; }
.note, figcaption, caption, details { font-size: .875rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .35rem 1.4rem; list-style: none; margin: 1.75rem 0 0; padding: 0; font-size: .9375rem; }
.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 1px; margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.key div { box-shadow: 0 0 0 1px var(--line); padding: .9rem 1.1rem; }
.key dt { color: var(--soft); font-size: .875rem; }
.key dd { margin: 0; }
.key b { font-size: 1.9rem; font-weight: 620; line-height: 1.25; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.key small { display: block; font-size: .8125rem; line-height: 1.35; }
@media (max-width: 30rem) { .key { grid-template-columns: 1fr 1fr; } .key div { padding: .7rem .8rem; } .key b { font-size: 1.5rem; } }
/* Shadows at the edges as long as there is something to scroll to: covers move with the content, shadows do not. */
.scroll { overflow-x: auto; max-width: 100%; container-type: inline-size; background:
  linear-gradient(to left, var(--paper) 60%, transparent) right / 3rem 100% no-repeat local,
  linear-gradient(to left, var(--shade), transparent) right / 1rem 100% no-repeat scroll; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
caption { text-align: left; padding-bottom: .35rem; }
table.density caption, table.data caption { white-space: normal; position: sticky; left: 0; width: min(100%, 100cqi); }
th, td { padding: .38rem .8rem; text-align: right; border-bottom: 1px solid var(--line); }
thead th { font-weight: 500; color: var(--soft); font-size: .875rem; border-bottom-color: var(--grey); vertical-align: bottom; }
tbody th { font-weight: 500; }
.word { text-align: left; }
tr > :first-child { position: sticky; left: 0; background: var(--paper); padding-left: 0; }
td strong { font-weight: 680; color: var(--accent); }
tbody tr:hover > * { background: var(--panel); }
thead button { all: unset; cursor: pointer; }
thead button:hover { color: var(--ink); text-decoration: underline; }
thead button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[aria-sort=ascending] button::after { content: " ↑"; } [aria-sort=descending] button::after { content: " ↓"; }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--soft); width: fit-content; }
summary:hover { color: var(--ink); }
details[open] > summary { margin-bottom: .5rem; }
figure { margin: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 32rem), 1fr)); gap: 2rem 3rem; align-items: start; }
.chart { container-type: inline-size; max-width: 46rem; min-width: 0; }
.chart .narrow { display: none; }
@container (max-width: 33rem) { .chart .narrow { display: block; max-width: 25rem; } .chart .wide { display: none; } }
figcaption { max-width: 46rem; margin-top: .4rem; }
svg { display: block; max-width: 100%; height: auto; }
.chart .wide svg, .chart .narrow svg { width: 100%; }
.plot { font: 12.5px system-ui, "Segoe UI", "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; fill: var(--soft); color: var(--soft); }
.plot [data-part*="grid"] line, .plot [data-part*="grid"] path { stroke: var(--line); stroke-opacity: 1; }
.plot .ours circle, .plot circle.ours, .plot .ours { fill: var(--accent); stroke: var(--paper); }
.plot .ours.span { stroke: var(--accent); stroke-width: 2; }
.plot .rival { fill: var(--paper); stroke: var(--grey); stroke-width: 1.5; }
.plot .rival.span { stroke-width: 2; }
.plot .ours.box { fill: var(--accent-mid); stroke: none; } .plot .rival.box { fill: var(--line); stroke: var(--grey); }
.hill { fill: var(--accent-soft); }
.plot .front { stroke: var(--accent-mid); stroke-width: 1.5; fill: none; }
.plot .limit { stroke: var(--warm); stroke-dasharray: 4 3; }
.plot .stage { stroke: var(--line); }
.plot .curve { stroke: var(--accent); stroke-width: 1.6; fill: none; }
.plot .label, .plot .name { fill: var(--ink); stroke: var(--paper); stroke-width: 3; stroke-linejoin: round; paint-order: stroke; }
.plot .value { fill: var(--soft); }
.weights { --part: var(--accent); } .biases { --part: var(--warm); } .quantization { --part: var(--accent-mid); }
.structure { --part: var(--accent-soft); } .header { --part: var(--grey); }
.plot .part { fill: var(--part); }
.legend { display: block; color: var(--ink); margin-bottom: .2rem; }
.swatch { white-space: nowrap; margin-right: .7em; }
.swatch::before { content: ""; display: inline-block; width: .7em; height: .7em; margin-right: .4em; background: var(--part); border-radius: 2px; }
.reals { fill: var(--accent-mid); } .codes { fill: var(--accent); } .zeros { fill: var(--warm); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 1.25rem 1.5rem; }
.density td { padding: .3rem .6rem; font-size: .75rem; color: var(--soft); }
.density td span { display: block; } .density td strong { color: var(--ink); }
.density th small { display: block; font-size: .75rem; }
.spark { width: 6.5rem; height: 1.7rem; margin-left: auto; border-bottom: 1px solid var(--line); }
.tree ul { list-style: none; margin: 0; padding: 0; }
.tree { margin-bottom: 2rem; padding: .25rem 0; }
.node { position: relative; display: grid; grid-template-columns: 1fr auto; column-gap: .5rem; width: 16rem; flex: none; padding: .5rem .75rem .6rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; line-height: 1.4; white-space: nowrap; font-variant-numeric: tabular-nums; }
.node .does { color: var(--soft); font-size: .7rem; align-self: center; }
.node .score, .node .bytes { text-align: right; } .node .bytes { font-size: .875rem; color: var(--soft); }
.bar { grid-column: 1 / -1; width: 100%; height: 4px; margin-top: .35rem; }
.bar rect { fill: var(--accent-soft); } .bar rect + rect { fill: var(--accent); }
.tree li { position: relative; padding: .3rem 0 .3rem 1.6rem; }
.tree > ul > li { padding-left: 0; }
.tree ul ul li::before { content: ""; position: absolute; left: .7rem; top: 0; bottom: 0; border-left: 1px solid var(--grey); }
.tree ul ul li:last-child::before { bottom: auto; height: 2.1rem; }
.tree ul ul li::after { content: ""; position: absolute; left: .7rem; top: 2.1rem; width: .9rem; border-top: 1px solid var(--grey); }
@media (min-width: 64rem) {
  .tree li { display: flex; align-items: flex-start; padding-left: 2.4rem; }
  .tree > ul > li { padding-left: 0; }
  .tree ul ul { margin-top: -.3rem; }
  .tree ul ul li::before { left: 1.2rem; }
  .tree ul ul li::after { left: 1.2rem; width: 1.2rem; }
  .tree ul ul li:first-child::after { left: 0; width: 2.4rem; }
  .tree ul ul li:first-child::before { top: 2.1rem; }
  .tree ul ul li:only-child::before { display: none; }
}
.node.waiting { background: none; border-style: dashed; color: var(--soft); }
.node.running { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.status { font-size: 1.05rem; } .status::before { content: ""; display: inline-block; width: .65em; height: .65em; margin-right: .5em; border-radius: 50%; background: var(--grey); }
.status:is(.running, .finished)::before { background: var(--accent); } .status.stopped::before { background: var(--warm); }
.lost .status::after { content: " (the connection is lost)"; color: var(--warm); }
progress { width: 100%; height: .6rem; margin-bottom: 1rem; accent-color: var(--accent); }
.log { padding-left: 2.2rem; font-size: .875rem; overflow-wrap: anywhere; } .log time { color: var(--soft); font-variant-numeric: tabular-nums; margin-right: .5rem; }
.facts { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .25rem 1.5rem; font-size: .875rem; }
.facts dt { color: var(--soft); overflow-wrap: anywhere; } .facts dd { margin: 0; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: .75rem 1rem; background: var(--panel); border-radius: 8px; }
.warning { border-left: 3px solid var(--warm); padding: .1rem 0 .1rem .9rem; max-width: 46rem; margin-bottom: 1.5rem; }
.warning p, .warning ul { margin: .3rem 0; } .warning ul { padding-left: 1.2rem; }
footer { height: 4rem; }
@media (max-width: 40rem) {
  table { font-size: .875rem; } th, td { padding: .32rem .5rem; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .5rem; }
  .node { width: 100%; min-width: 15rem; max-width: 20rem; }
}
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; } table, .density td, .density th small { font-size: 7pt; } th, td { padding: .15rem .3rem; } thead th { font-size: 7pt; white-space: normal; }
  .density td { white-space: normal; padding: .15rem; } .spark { width: 2.9rem; } .node { width: 13.5rem; } .tree li { display: block; }
  nav, .skip { display: none; } .scroll { overflow: visible; background: none; }
  section, figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } section { break-inside: auto; }
}
`;
