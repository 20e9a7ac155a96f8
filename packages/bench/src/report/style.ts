/** The page's style: system fonts and colours, light and dark, readable on a phone and on paper. */
export const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --mark: #0969da; --mark2: #bf5700; --shade: #1b1f2440; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --mark: #58a6ff; --mark2: #f0883e; --shade: #fff5; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.8rem; margin: 1rem 0 .25rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 small, .note, figcaption { color: var(--soft); font-weight: normal; }
.note, figcaption { font-size: .875rem; }
/* Shadows at the edges as long as there is something to scroll to: covers move with the content, shadows do not. */
.scroll { overflow-x: auto; background:
  linear-gradient(to left, var(--paper) 60%, transparent) right / 3rem 100% no-repeat local,
  linear-gradient(to left, var(--shade), transparent) right / 1.25rem 100% no-repeat scroll; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
caption { text-align: left; color: var(--soft); padding-bottom: .5rem; }
th, td { padding: .35rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; }
tr > :first-child { text-align: left; position: sticky; left: 0; background: var(--paper); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; margin-bottom: 1rem; }
figure { margin: 0; }
svg { max-width: 100%; height: auto; display: block; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .25rem 1rem; }
dt { color: var(--soft); overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  table { font-size: .875rem; }
  th, td { padding: .3rem .4rem; }
  th { white-space: normal; }
}
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
pre { overflow-x: auto; }
`;
