/** The bytes as they are: what the encoder falls back to when no model pays. */
export function encodeRaw(data: Uint8Array): Uint8Array {
  return data;
}
