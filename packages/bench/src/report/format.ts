/** 301904 → "301,904". */
export const integer = (value: number | null | undefined): string | null =>
  value == null ? null : Math.round(value).toLocaleString('en');

export const decimal = (value: number | null | undefined, digits: number): string | null =>
  value == null || !Number.isFinite(value) ? null : value.toFixed(digits);

/** A fraction as percent. */
export const percent = (fraction: number | null | undefined, digits = 1): string | null =>
  fraction == null ? null : `${(100 * fraction).toFixed(digits)} %`;

/** Errors and times have any size: so many digits that count. */
export const significant = (value: number | null | undefined, digits = 4): string | null =>
  value == null ? null : value.toPrecision(digits);

/** With a sign that is as wide as a digit. */
export const signed = (value: number, digits: number): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;

/** Fused tensors carry the names of all their parts, parted by semicolons: the first, without what weights are called. */
export const layerName = (tensor: string): string => tensor.split(';')[0]!.replace(/\/weights$/, '');

/** 0.1399 → "0.14", 69.91 → "69.9", 15878.2 → "15,878". Clocks tell some 10 ns, which count below 10 µs. */
export const microseconds = (us: number | null | undefined): string | null =>
  us != null && us >= 1000 ? integer(us) : decimal(us, (us ?? 0) < 10 ? 2 : 1);
