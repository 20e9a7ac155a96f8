import { list } from 'tar';
import { DatasetError } from './errors.js';

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
        const seen = entry.concat().then((content) => visit(entry.path, content));
        pending.push(
          seen.catch((error: unknown) => {
            thrown ??= error;
          }),
        );
      },
    });
  } catch (cause) {
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
