import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { needing, python } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { tables, unions } from './generated/layout.js';
import * as generated from './generated/tflite.js';
import { layoutOf } from './layout.js';

// The judge is the schema module that Google ships inside the ai-edge-litert wheel.
const real = needing('python');

interface Facts {
  tables: Record<string, [slot: number, name: string, kind: string, initial: string][]>;
  enums: Record<string, Record<string, number>>;
}

function wheelFacts(): Facts {
  const script = fileURLToPath(new URL('../scripts/schema-facts.py', import.meta.url));
  const env = { ...process.env, PYTHONPATH: python! };
  return JSON.parse(
    execFileSync('python3', [script], { env, encoding: 'utf8', maxBuffer: 1 << 26, timeout: 100_000 }),
  ) as Facts;
}

const names: Record<string, string> = {
  byte: 'int8',
  ubyte: 'uint8',
  short: 'int16',
  ushort: 'uint16',
  int: 'int32',
  uint: 'uint32',
  long: 'int64',
  ulong: 'uint64',
  float: 'float32',
};
const wheelName = (scalar: string) => names[scalar] ?? scalar;

/** Our slots in the wheel's words. */
function ourFields(table: string): [number, string, string][] {
  return layoutOf(table).flatMap((field, slot) => {
    if (!field) return [];
    const { kind } = field;
    const words = {
      scalar: () => wheelName((kind as { scalar: string }).scalar),
      scalars: () => `[${wheelName((kind as { scalar: string }).scalar)}]`,
      string: () => 'string',
      strings: () => '[string]',
      table: () => (kind as { table: string }).table,
      tables: () => `[${(kind as { table: string }).table}]`,
      unionType: () => 'uint8',
      union: () => 'union',
    };
    return [[slot, field.name, words[kind.is]()]];
  });
}

it('has every table, slot and type of the wheel’s schema, and no other', real, () => {
  const facts = wheelFacts();
  expect(Object.keys(tables).sort()).toEqual(Object.keys(facts.tables).sort());
  for (const [table, fields] of Object.entries(facts.tables)) {
    expect(ourFields(table), table).toEqual(fields.map(([slot, name, kind]) => [slot, name, kind]));
    for (const [slot, name, , initial] of fields) {
      const kind = layoutOf(table)[slot]!.kind;
      if (kind.is !== 'scalar') continue;
      const expected = { True: 1, False: 0 }[initial] ?? Number(initial);
      expect(Number(kind.initial), `default of ${table}.${name}`).toBe(expected);
    }
  }
});

it('has every value of every enumeration and union', real, () => {
  const { enums } = wheelFacts();
  expect(Object.keys(unions).filter((name) => !(name in enums))).toEqual([]);
  expect(Object.keys(enums).length).toBeGreaterThan(15);
  for (const [name, values] of Object.entries(enums)) {
    if (name in unions) {
      const members = Object.entries(values).filter(([, value]) => value > 0);
      expect(unions[name], name).toEqual(members.sort((a, b) => a[1] - b[1]).map(([member]) => member));
      continue;
    }
    const ours = (generated as unknown as Record<string, Record<string, number | string>>)[name];
    const named = Object.entries(ours ?? {}).filter(([, value]) => typeof value === 'number');
    expect(Object.fromEntries(named), name).toEqual(values);
  }
});
