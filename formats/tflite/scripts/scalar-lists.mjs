/**
 * Makes flatc's lists of scalars quick: `createScalarList` asks an accessor for each element, which looks the vector up again every
 * time. Half of the time of reading a model went there, on scales and zero points per channel.
 */
export function quickScalarLists(code) {
  const classes = code.split(/(?=^export class )/m).map((body) => {
    const accessors = new Map(
      [...body.matchAll(accessor)].map(([, name, slot, read, size = '1']) => [
        name,
        `${slot}, 'get${read.replace(/(?=U?[Ii]nt64)/, 'Big')}', ${size}`,
      ]),
    );
    return body.replace(list, (call, name) =>
      accessors.has(name) ? `scalars(this.bb!, this.bb_pos, ${accessors.get(name)})` : call,
    );
  });
  return classes.join('');
}

const accessor =
  /^(\w+)\(index: number\):[\w|]+ \{\n {2}const offset = this\.bb!\.__offset\(this\.bb_pos, (\d+)\);\n {2}return offset \? this\.bb!\.read(\w+)\(this\.bb!\.__vector\(this\.bb_pos \+ offset\) \+ index(?: \* (\d+))?\)/gm;
const list =
  /this\.bb!\.createScalarList<(?:number|bigint)>\(this\.(\w+)\.bind\(this\), this\.\w+Length\(\)\)/g;

/** What the lists call, for the head of the module. */
export const scalarsFunction = `/** Elements of the vector in a field of a table: each is read by DataView's \`get\` and has \`size\` bytes. */
function scalars(bb: flatbuffers.ByteBuffer, table: number, slot: number, get: string, size: number): any[] {
  const offset = bb.__offset(table, slot);
  if (offset === 0) return [];
  const { buffer, byteOffset } = bb.bytes();
  const view = new DataView(buffer, byteOffset + bb.__vector(table + offset));
  const elements = new Array(bb.__vector_len(table + offset));
  const read = view[get];
  for (let i = 0; i < elements.length; i++) elements[i] = read.call(view, i * size, true);
  return elements;
}
`;
