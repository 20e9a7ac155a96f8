import { UsageError } from '@weightfold/base';
import { DatasetError } from './errors.js';

/** An image file that is in memory, or on disk under its name. */
export interface ImageFile {
  /** How messages name it. */
  name: string;
  bytes?: Uint8Array;
}

/** Images that are decoded at the same time. */
const atOnce = 64;

// Lazily: sharp loads a library of 15 MB.
const sharp = async () => (await import('sharp')).default;

/** Versions of what decodes images: another one may give other pixels. */
export async function decoderVersion(): Promise<string> {
  const { vips, mozjpeg } = (await sharp()).versions;
  return `libvips ${vips}, mozjpeg ${mozjpeg}`;
}

/**
 * Decodes PNG, JPEG and other files into bytes [files, height, width, channels]: 1 channel is grey, 3 are sRGB. An
 * image of another size is resized to it, without regard to its proportions. Transparency is dropped.
 * @throws DatasetError naming a file that cannot be decoded; UsageError for a shape that is none of an image
 */
export async function decodeImages(files: ImageFile[], shape: number[]): Promise<Uint8Array> {
  const [height = 0, width = 0, channels = 0] = shape;
  if (shape.length !== 3 || ![1, 3].includes(channels)) {
    throw new UsageError(`images: expected a shape [height, width, 1 or 3] but received [${shape}]`, {
      where: 'shape',
      expected: '[height, width, 1 or 3]',
      received: `[${shape}]`,
    });
  }
  const size = height * width * channels;
  const pixels = new Uint8Array(files.length * size);
  const open = await sharp();
  const decode = async ({ name, bytes }: ImageFile, at: number) => {
    try {
      const image = open(bytes ?? name)
        .removeAlpha()
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .resize(width, height, { fit: 'fill' });
      pixels.set(await image.raw().toBuffer(), at);
    } catch (cause) {
      const received = `a file that cannot be decoded (${(cause as Error).message})`;
      const message = `${name}: expected an image but received ${received}`;
      throw new DatasetError(message, { where: name, expected: 'an image', received, cause });
    }
  };
  for (let i = 0; i < files.length; i += atOnce)
    await Promise.all(files.slice(i, i + atOnce).map((file, k) => decode(file, (i + k) * size)));
  return pixels;
}
