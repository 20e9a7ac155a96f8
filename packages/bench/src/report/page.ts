import { createHash } from 'node:crypto';
import { type Html, html, Html as Raw } from './html.js';
import { sorting } from './sorting.js';
import { style } from './style.js';

export interface Section {
  title: string;
  body: Html;
}

export interface Page {
  title: string;
  intro: Html;
  sections: Section[];
  script?: string;
  /** Where its script may connect to, as content security policies say it. */
  connects?: "'none'" | "'self'";
}

/** What a page may load and run: its own style and script, and where the script may connect to. */
export function pagePolicy({
  script = sorting,
  connects = "'none'",
}: Pick<Page, 'script' | 'connects'> = {}): string {
  const own = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; style-src ${own(style)}; script-src ${own(script)}; connect-src ${connects}; base-uri 'none'; form-action 'none'`;
}

/**
 * A self-contained page. Its policy lets a browser load nothing, and use nothing but the page's own style and script, without which
 * everything can be read all the same.
 */
export function page({ title, intro, sections, script = sorting, connects = "'none'" }: Page): string {
  const policy = pagePolicy({ script, connects });
  const links = sections.map(({ title }) => html`<li><a href="#${anchor(title)}">${title}</a></li>`);
  const bodies = sections.map(
    (section) => html`<section id="${anchor(section.title)}"><h2>${section.title}</h2>
<div class="body">${section.body}</div>
</section>\n`,
  );
  return html`${new Raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>weightfold: ${title}</title>
<style>${new Raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header><p class="brand">weightfold</p>
<h1>${title}</h1>
<div id="intro">${intro}</div>
<nav aria-label="Sections"><ul>${links}</ul></nav></header>
<main id="main" tabindex="-1">
${bodies}</main>
<script>${new Raw(script)}</script>
</body>
</html>
`.text;
}

/** The id of a section. */
export const anchor = (title: string) => title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
