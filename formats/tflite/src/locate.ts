import { layoutOf, scalarSizes, unionMember } from './layout.js';

/** Steps from the root table: field names, and indices into vectors. */
export type Path = readonly (string | number)[];

/** `Model.subgraphs[0].tensors[3].buffer` */
export function pathText(path: Path): string {
  return `Model${path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`;
}

/**
 * Byte offset of what a path names in a verified file: of a field or vector element where the file has it, else (the field
 * is at its default) of the table or vector that would hold it.
 */
export function locate(bytes: Uint8Array, path: Path): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const follow = (place: number) => place + view.getUint32(place, true);
  let table = 'Model';
  let position = follow(0);
  for (let i = 0; i < path.length; i++) {
    const slot = layoutOf(table).findIndex((field) => field?.name === path[i]);
    const place = fieldPlace(view, position, slot);
    const kind = layoutOf(table)[slot]?.kind;
    if (place === 0 || !kind || i === path.length - 1) return place || position;
    const index = path[i + 1];
    if (kind.is === 'table') {
      table = kind.table;
      position = follow(place);
    } else if (kind.is === 'union') {
      table = unionMember(kind.of, view.getUint8(fieldPlace(view, position, slot - 1)))!;
      position = follow(place);
    } else if (typeof index === 'number') {
      const vector = follow(place);
      if (index >= view.getUint32(vector, true)) return vector;
      const element = vector + 4 + index * (kind.is === 'scalars' ? scalarSizes[kind.scalar] : 4);
      if (kind.is !== 'tables' || i + 2 === path.length) return element;
      table = kind.table;
      position = follow(element);
      i++;
    }
  }
  return position;
}

/** Where a table keeps a field, 0 when it does not. */
function fieldPlace(view: DataView, position: number, slot: number): number {
  const vtable = position - view.getInt32(position, true);
  const entry = 4 + 2 * slot;
  const relative =
    slot >= 0 && entry + 2 <= view.getUint16(vtable, true) ? view.getUint16(vtable + entry, true) : 0;
  return relative === 0 ? 0 : position + relative;
}
