import type { BenchResult, MachineState } from '../../measure/schema.js';
import { decimal, percent } from '../format.js';
import { type Html, html } from '../html.js';

/** What speaks against the measurement; null when nothing does. */
export function distrust({ results, reasons, trusted }: BenchResult): Html | null {
  if (trusted) return null;
  const rows = results.filter((row) => !row.trusted);
  const all = [...new Set([...reasons, ...rows.flatMap((row) => row.reasons)])];
  return html`<div class="warning"><p><strong>Not to be trusted:</strong> ${rows.length} of ${results.length} rows, marked with *, and the ratios that they are part of.</p>
<ul>${all.map((reason) => html`<li>${reason}</li>`)}</ul></div>`;
}

/** Where and how it was measured. */
export function circumstances({ context, settings, board }: BenchResult): Html {
  const { before, after } = context;
  const rows: [string, string | null][] = [
    ['Date', context.date],
    [
      'Machine',
      `${context.cpu}, ${context.cores} cores, ${context.arch}, Linux ${context.kernel}, ${context.host}`,
    ],
    ['Emulated', context.emulated],
    ['Governor', context.governors.join(', ') || null],
    ['Pinned to CPU', context.pinned?.join(', ') ?? null],
    ['Frequency', change(before, after, ({ frequencyMHz }) => frequencyMHz, ' MHz', 0)],
    ['Temperature', change(before, after, ({ temperatureC }) => temperatureC, ' °C', 0)],
    ['Load', change(before, after, ({ load1 }) => load1, '', 2)],
    ['Throttled', after.throttled === null ? null : after.throttled.join(', ') || 'no'],
    ['Stolen by the hypervisor', percent(context.stolen)],
    ['Others on these CPUs', othersText(context)],
    [
      'Rounds',
      `${settings.rounds}, in an order by seed ${settings.seed}; ${settings.threads} ${settings.threads === 1 ? 'thread' : 'threads'}`,
    ],
    ['Input', settings.input ?? 'seeded noise'],
    ['CPU features', context.features.join(' ') || null],
    ['Board', board ? boardText(board) : null],
  ];
  const list = rows.map(([key, value]) => value !== null && html`<dt>${key}</dt><dd>${value}</dd>\n`);
  return html`<dl class="facts">${list}</dl>`;
}

/** Who else was at work, and how much of the CPUs all of them took, where that is known. */
function othersText({ others, othersCpus }: BenchResult['context']): string {
  const names = others.map(({ name, cpus }) => `${name} (${decimal(cpus, 2)} CPUs)`).join(', ') || 'none';
  return othersCpus === null ? names : `${names}; with those that have ended ${decimal(othersCpus, 2)} CPUs`;
}

function boardText({
  host,
  arch,
  node,
  libc,
  outputs,
  reconnects,
}: NonNullable<BenchResult['board']>): string {
  const equal = outputs.filter((output) => output.equal).length;
  const has = [arch, node === null ? 'without Node' : `Node ${node}`, libc].filter((part) => part !== null);
  return `${host} (${has.join(', ')}); ${equal} of ${outputs.length} outputs equal to those here; connected anew ${reconnects} times`;
}

/** A figure before and after, where the machine tells it. */
function change(
  before: MachineState,
  after: MachineState,
  of: (state: MachineState) => number | null,
  unit: string,
  digits: number,
): string | null {
  const [first, last] = [of(before), of(after)];
  if (first === null || last === null) return null;
  return `${first.toFixed(digits)}${unit} before, ${last.toFixed(digits)}${unit} after`;
}
