/** A setting in which two configurations differ, as JSON; `nothing` where one has none. */
interface Difference {
  key: string;
  there: string;
  here: string;
}

/** So many are named. */
const most = 6;

/** What differs between two configurations in JSON, by the path of the setting. */
export function differences(theirs: string, ours: string): Difference[] {
  const there = settings(parsed(theirs));
  const here = settings(JSON.parse(ours));
  const keys = [...new Set([...there.keys(), ...here.keys()])];
  return keys
    .filter((key) => there.get(key) !== here.get(key))
    .map((key) => ({ key, there: there.get(key) ?? 'nothing', here: here.get(key) ?? 'nothing' }))
    .slice(0, most);
}

/** Text that is no JSON has no settings. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Every value that is no object or list, by its path. */
function settings(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[path, JSON.stringify(value)]]);
  const inner = Object.entries(value).flatMap(([key, part]) => [
    ...settings(part, path === '' ? key : `${path}.${key}`),
  ]);
  return new Map(inner.length > 0 || path === '' ? inner : [[path, JSON.stringify(value)]]);
}
