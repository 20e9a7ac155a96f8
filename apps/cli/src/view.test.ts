import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { launcher, scratch } from '../test/launch.js';

it.each(['SIGINT', 'SIGTERM'] as const)(
  'prints where the page is, and ends with %s though a page is open',
  async (signal) => {
    const dir = scratch();
    fs.writeFileSync(path.join(dir, 'config.resolved.json'), '{"schemaVersion": 1, "recipe": "qat"}');
    const child = spawn(process.execPath, [launcher, 'view', dir, '--json'], { timeout: 60_000 });
    const ended = new Promise((resolve) => child.on('close', (status, killed) => resolve(status ?? killed)));
    let stdout = '';
    const document = await new Promise<{ url: string; status: string }>((resolve) => {
      child.stdout.on('data', (data) => {
        stdout += data;
        if (stdout.endsWith('}\n')) resolve(JSON.parse(stdout));
      });
    });
    expect(document.status).toBe('stopped');
    const { body } = await fetch(document.url.replace('/?', '/events?'));
    const reader = body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toMatch(/^event: parts\ndata: \{"intro":/);
    child.kill(signal);
    expect(await ended).toBe(0);
    const rest = await reader.read().catch(() => ({ done: true }));
    expect(rest.done).toBe(true);
  },
);
