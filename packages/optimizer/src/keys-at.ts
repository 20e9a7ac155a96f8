import { z } from 'zod';

/** The keys that a schema knows at a place of a value; in a union, those of the options that the value may be meant for. */
export function keysAt(schema: unknown, path: PropertyKey[], value: unknown): string[] {
  if (schema instanceof z.ZodUnion) {
    const options = schema.options.filter((option) => mayBe(option, value));
    return [...new Set(options.flatMap((option) => keysAt(option, path, value)))];
  }
  if (isWrapper(schema)) return keysAt(schema.unwrap(), path, value);
  const [key, ...rest] = path;
  if (schema instanceof z.ZodArray)
    return key === undefined ? [] : keysAt(schema.element, rest, part(value, key));
  if (!(schema instanceof z.ZodObject)) return [];
  return key === undefined
    ? Object.keys(schema.shape)
    : keysAt(schema.shape[String(key)], rest, part(value, key));
}

function isWrapper(schema: unknown): schema is { unwrap(): unknown } {
  const wrappers = [z.ZodDefault, z.ZodPrefault, z.ZodNullable, z.ZodOptional];
  return wrappers.some((wrapper) => schema instanceof wrapper);
}

/** False where an option has a key of one value (`name: 'ds-cnn'`) and the value another. */
function mayBe(option: unknown, value: unknown): boolean {
  if (!(option instanceof z.ZodObject)) return true;
  return Object.entries(option.shape).every(
    ([key, inner]) => !(inner instanceof z.ZodLiteral) || inner.values.has(part(value, key) as never),
  );
}

function part(value: unknown, key: PropertyKey): unknown {
  return (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
}
