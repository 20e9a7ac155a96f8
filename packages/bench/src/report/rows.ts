import * as Plot from '@observablehq/plot';

/** Facets below one another with their names: beside them, or above them where there is little room. */
export function rowNames(names: readonly string[], narrow: boolean): Plot.Text {
  const common = { fy: (name: string) => name, text: (name: string) => name, className: 'name' } as const;
  return Plot.text(
    names as string[],
    narrow
      ? { ...common, frameAnchor: 'top-left', textAnchor: 'start', dy: -12, dx: 2 }
      : { ...common, frameAnchor: 'left', textAnchor: 'end', dx: -8 },
  );
}

/** Margins that leave room for the names; `height` is that of one row with its distance to the next. */
export function rowLayout(
  names: readonly string[],
  narrow: boolean,
  height: { narrow: number; wide: number },
): Plot.PlotOptions {
  const longest = Math.max(...names.map(({ length }) => length));
  return {
    height: (narrow ? 52 : 38) + names.length * (narrow ? height.narrow : height.wide),
    marginLeft: narrow ? 8 : Math.min(240, 22 + 7.8 * longest),
    marginRight: 64,
    marginTop: narrow ? 18 : 4,
    marginBottom: 34,
    fy: { axis: null, domain: names, padding: narrow ? 0.45 : 0.22 },
  };
}
