/**
 * What decoders a file is made for: `mcu` has only blocks (and a table of blocks) whose decoder needs at most 4 KiB of lookup tables
 * (SPEC.md of @weightfold/container, "Decoder tables").
 */
export const targets = { any: Number.POSITIVE_INFINITY, mcu: 4096 } as const;
export type Target = keyof typeof targets;
