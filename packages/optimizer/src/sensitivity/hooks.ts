/** How long work is watched and stopped. */
export interface ScanHooks {
  /** Told how far it is. */
  onProgress?: ((what: string, done: number, of: number) => void) | undefined;
  /** Ends the work at the next opportunity: its reason is thrown. */
  signal?: AbortSignal | undefined;
}
