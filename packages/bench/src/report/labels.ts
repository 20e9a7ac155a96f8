import * as Plot from '@observablehq/plot';

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Mean width of a letter, height of a line, and distance from the point, in pixels of a chart. */
const [letter, line, gap] = [7.3, 15, 8];

/**
 * Names beside their points: to the right where there is room, else to the left, above or below. Those of earlier points come
 * first; where there is no room for one, it is left to the table below the chart.
 */
export function pointLabels<T>(
  points: readonly T[],
  options: {
    x: (point: T) => number;
    y: (point: T) => number;
    text: (point: T) => string;
    className?: string;
  },
): Plot.Text {
  const { className = 'label', ...channels } = options;
  return Plot.text(points as T[], {
    ...channels,
    textAnchor: 'start',
    className,
    render(index, scales, values, dimensions, context, next) {
      const { x, y, text } = values as unknown as { x: number[]; y: number[]; text: string[] };
      const taken = Array.from(index, (i) => around(x[i]!, y[i]!));
      const placed = { x: [...x], y: [...y] };
      const shown = Array.from(index).filter((i) => {
        const spots = spotsOf(x[i]!, y[i]!, text[i]!.length * letter);
        const spot = spots.find((box) => fits(box, dimensions, taken));
        if (!spot) return false;
        taken.push(spot);
        placed.x[i] = spot.left;
        placed.y[i] = (spot.top + spot.bottom) / 2;
        return true;
      });
      return next!(shown, scales, { ...values, ...placed } as typeof values, dimensions, context);
    },
  });
}

const around = (x: number, y: number): Box => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 });

/** Where a label may stand, the best first. */
function spotsOf(x: number, y: number, width: number): Box[] {
  const at = (left: number, middle: number): Box => ({
    left,
    right: left + width,
    top: middle - line / 2,
    bottom: middle + line / 2,
  });
  const [right, left, centre] = [x + gap, x - gap - width, x - width / 2];
  const [above, below] = [y - gap - line / 2, y + gap + line / 2];
  return [
    at(right, y),
    at(left, y),
    at(right, above + 4),
    at(right, below - 4),
    at(centre, above),
    at(centre, below),
    at(left, above + 4),
    at(left, below - 4),
    at(right, above - line / 2),
    at(right, below + line / 2),
    at(left, above - line / 2),
    at(left, below + line / 2),
  ];
}

function fits(box: Box, { width, height, marginLeft, marginBottom }: Plot.Dimensions, taken: Box[]): boolean {
  const inside =
    box.left >= marginLeft && box.right <= width && box.top >= 0 && box.bottom <= height - marginBottom + 10;
  const free = (other: Box) =>
    box.right <= other.left || box.left >= other.right || box.bottom <= other.top || box.top >= other.bottom;
  return inside && taken.every(free);
}
