import { tables, unions } from './generated/layout.js';
import { tableClasses } from './generated/tflite.js';

/** Sizes in bytes of the scalar types of the schema. */
export const scalarSizes = {
  bool: 1,
  byte: 1,
  ubyte: 1,
  short: 2,
  ushort: 2,
  int: 4,
  uint: 4,
  float: 4,
  long: 8,
  ulong: 8,
} as const;
export type Scalar = keyof typeof scalarSizes;

/** What a slot of a table holds. */
export type Kind =
  | { is: 'scalar'; scalar: Scalar; initial: number | bigint | boolean }
  | { is: 'string' }
  | { is: 'scalars'; scalar: Scalar }
  | { is: 'strings' }
  | { is: 'table'; table: string }
  | { is: 'tables'; table: string }
  | { is: 'unionType'; of: string }
  | { is: 'union'; of: string };

/** One slot of a table, in the order of the vtable. A retired slot is undefined. */
export interface Field {
  name: string;
  kind: Kind;
  /** Bytes that it takes inside its table. */
  size: number;
}

const layouts = new Map<string, (Field | undefined)[]>();

/** The slots of a table by its name in the schema. */
export function layoutOf(table: string): (Field | undefined)[] {
  let layout = layouts.get(table);
  if (!layout) {
    layout = tables[table]!.flatMap(parseField);
    layouts.set(table, layout);
  }
  return layout;
}

/** A table of that name with all fields at their defaults. */
export function newTable(table: string): Record<string, unknown> {
  return new tableClasses[table]!() as Record<string, unknown>;
}

/** Table that a union holds for a type byte; undefined for 0 (nothing) and for types that the schema does not know. */
export function unionMember(union: string, type: number): string | undefined {
  return unions[union]?.[type - 1];
}

function parseField(text: string): (Field | undefined)[] {
  if (text === '-') return [undefined];
  const [, name, open, type, initial] = /^(\w+):(\[?)(\w+)\]?(?:=(.*))?$/.exec(text) as unknown as string[];
  if (type! in unions) {
    return [
      { name: `${name}Type`, kind: { is: 'unionType', of: type! }, size: 1 },
      { name: name!, kind: { is: 'union', of: type! }, size: 4 },
    ];
  }
  const kind = kindOf(type!, open === '[', initial);
  return [{ name: name!, kind, size: kind.is === 'scalar' ? scalarSizes[kind.scalar] : 4 }];
}

function kindOf(type: string, vector: boolean, initial: string | undefined): Kind {
  if (type === 'string') return { is: vector ? 'strings' : 'string' };
  if (!(type in scalarSizes)) return { is: vector ? 'tables' : 'table', table: type };
  const scalar = type as Scalar;
  return vector ? { is: 'scalars', scalar } : { is: 'scalar', scalar, initial: initialOf(scalar, initial) };
}

function initialOf(scalar: Scalar, text = '0'): number | bigint | boolean {
  if (scalar === 'bool') return text === 'true';
  return scalar === 'long' || scalar === 'ulong' ? BigInt(text) : Number(text);
}
