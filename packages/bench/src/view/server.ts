import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { UsageError } from '@weightfold/base';
import { Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { gatherReport } from '../report/gather.js';
import { html } from '../report/html.js';
import { pagePolicy } from '../report/page.js';
import { renderReport } from '../report/report.js';
import { hardened, onlyLoopbackNames, onlyWith, policyHeader } from './guard.js';
import { LivePage, type Parts } from './live-parts.js';
import { RunFollower, type RunState } from './run-state.js';

export interface View {
  /** With the token that opens it. */
  url: string;
  status: RunState['status'];
  /** Ends every connection and the server. */
  close: () => Promise<void>;
}

/** Milliseconds between two looks at the run folder: drawing takes time from the training that it shows. */
const lookEvery = 1000;

/**
 * Serves a page that follows a run folder, on the loopback interface only and only to those who have the token.
 * @param port 0: a free one
 * @throws UsageError when there is no run in the folder, or the port is taken
 */
export async function startView(dir: string, { port = 0 }: { port?: number } = {}): Promise<View> {
  const follower = new RunFollower(dir);
  const { status } = follower.look();
  const token = randomBytes(24).toString('base64url');
  const live = new LivePage(follower, `/report?token=${token}`);
  const listeners = new Listeners();
  const app = new Hono();
  const [livePolicy, reportPolicy] = [policyHeader(LivePage.policy), policyHeader(pagePolicy())];
  app.use(hardened, onlyLoopbackNames, onlyWith(token));
  app.get('/', (context) => context.html(live.html(), 200, livePolicy));
  app.get('/report', (context) => context.html(renderReport(gatherReport(dir)), 200, reportPolicy));
  const partsNow = () => partsOrError(() => live.parts());
  app.get('/events', (context) => streamSSE(context, (stream) => listeners.serve(stream, partsNow())));
  app.onError((error, context) => context.text(error.message, 500));
  const server = await listen(app, port);
  const timer = setInterval(() => listeners.tell(partsNow), lookEvery);
  const close = async () => {
    clearInterval(timer);
    await listeners.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=${token}`, status, close };
}

/** Pages that are open, and what each has been told. */
class Listeners {
  private readonly told = new Map<SSEStreamingApi, { parts: Parts; end: () => void }>();

  /** Keeps a stream until its page is closed or the server ends. */
  async serve(stream: SSEStreamingApi, parts: Parts): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.told.set(stream, { parts: {}, end: resolve });
      stream.onAbort(resolve);
    });
    await this.send(stream, parts);
    await ended;
    this.told.delete(stream);
  }

  /** Sends what has changed. */
  tell(now: () => Parts): void {
    if (this.told.size === 0) return;
    const parts = now();
    for (const stream of this.told.keys()) void this.send(stream, parts);
  }

  async close(): Promise<void> {
    const streams = [...this.told];
    for (const [, { end }] of streams) end();
    await Promise.all(streams.map(([stream]) => stream.close()));
  }

  private async send(stream: SSEStreamingApi, parts: Parts): Promise<void> {
    const listener = this.told.get(stream);
    if (!listener) return;
    const changed = Object.entries(parts).filter(([id, text]) => listener.parts[id] !== text);
    if (changed.length === 0) return;
    listener.parts = { ...listener.parts, ...parts };
    await stream.writeSSE({ event: 'parts', data: JSON.stringify(Object.fromEntries(changed)) });
  }
}

/** A folder that is removed meanwhile ends no server: the page says so, and goes on when it is there again. */
function partsOrError(now: () => Parts): Parts {
  try {
    return now();
  } catch (error) {
    return { intro: html`<p class="status stopped" role="status">${(error as Error).message}</p>`.text };
  }
}

function listen(app: Hono, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, () => resolve(server as Server));
    server.on('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new UsageError(`Port ${port} is taken`, {
              code: 'PORT_TAKEN',
              where: '--port',
              expected: 'a free port',
              received: String(port),
              hint: 'Give another one, or none: then a free one is found.',
            })
          : error,
      );
    });
  });
}
