import { list } from 'tar';
import { DatasetError } from './errors.js';

/** More than any file of a data set has: a damaged or hostile header may claim any size, and gzip makes zeros of nothing. */
const largestMember = 2 ** 28;

/**
 * Reads members of a .tar or .tar.gz one after the other, without unpacking it to disk.
 * @param wanted whether a member's content is read, by its path in the archive
 * @param visit sees each wanted member, in the archive's order
 * @throws DatasetError for a damaged archive; what `visit` throws
 */
export async function readTar(
  file: string,
  wanted: (path: string) => boolean,
  visit: (path: string, content: Uint8Array) => void,
): Promise<void> {
  const pending: Promise<void>[] = [];
  let thrown: unknown;
  try {
    await list({
      file,
      strict: true,
      filter: (path, entry) => !('type' in entry && entry.type === 'Directory') && wanted(path),
      onReadEntry: (entry) => {
        if (entry.size > largestMember) {
          thrown ??= tooLarge(file, entry.path, entry.size);
          entry.resume();
          return;
        }
        const seen = entry.concat().then((content) => visit(entry.path, content));
        pending.push(
          seen.catch((error: unknown) => {
            thrown ??= error;
          }),
        );
      },
    });
  } catch (cause) {
    if (thrown !== undefined) throw thrown;
    throw new DatasetError(`${file}: damaged archive: ${(cause as Error).message}`, {
      where: file,
      expected: 'a .tar or .tar.gz',
      received: (cause as Error).message,
      cause,
    });
  }
  await Promise.all(pending);
  if (thrown !== undefined) throw thrown;
}

function tooLarge(file: string, member: string, size: number): DatasetError {
  const expected = `members of at most ${largestMember} bytes`;
  return new DatasetError(`${file}, ${member}: expected ${expected} but received ${size}`, {
    where: `${file}, ${member}`,
    expected,
    received: `${size}`,
  });
}
