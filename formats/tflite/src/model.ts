import type { MetadataT, OperatorCodeT, SignatureDefT, SubGraphT } from './generated/tflite.js';

/**
 * A .tflite model in memory. Tables are objects of the schema's classes; buffers are views into the bytes that were
 * read, never copies, so `buffer.byteOffset - bytes.byteOffset` is where a buffer's data lies in its file.
 */
export interface Model {
  version: number;
  description: string | null;
  operatorCodes: OperatorCodeT[];
  subgraphs: SubGraphT[];
  /** Buffer 0 is empty in files of today: a tensor that points there has no data. */
  buffers: Uint8Array[];
  metadata: MetadataT[];
  metadataBuffer: number[];
  signatureDefs: SignatureDefT[];
}
