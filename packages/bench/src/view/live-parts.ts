import { html } from '../report/html.js';
import { anchor, page, pagePolicy } from '../report/page.js';
import { liveIntro, liveSections, liveTitle } from './live-page.js';
import { liveScript } from './live-script.js';
import type { RunFollower } from './run-state.js';

/** HTML of the page's parts by their ids. */
export type Parts = Record<string, string>;

/** The live page of a run folder, drawn again only when something has changed. */
export class LivePage {
  /** What the page may load and run: its script listens to this server. */
  static readonly policy = pagePolicy({ script: liveScript, connects: "'self'" });
  private drawn: Parts = {};
  private drawnFrom = '';

  /** @param report address of the finished run's report */
  constructor(
    private readonly follower: RunFollower,
    private readonly report: string,
  ) {}

  /** What can be put into the page as it was. */
  parts(): Parts {
    const run = this.follower.look();
    const { training, ...rest } = run;
    const from = JSON.stringify([rest, training.length]);
    if (from !== this.drawnFrom) {
      const bodies = liveSections(run).map(({ title, body }) => [anchor(title), body.text]);
      this.drawn = { intro: liveIntro(run, this.report).text, ...Object.fromEntries(bodies) };
      this.drawnFrom = from;
    }
    return this.drawn;
  }

  /** The whole page. */
  html(): string {
    const run = this.follower.look();
    const intro = html`${liveIntro(run, this.report)}<noscript><p>Load the page again to see what is new.</p></noscript>`;
    return page({
      title: liveTitle(run),
      intro,
      sections: liveSections(run),
      script: liveScript,
      connects: "'self'",
    });
  }
}
