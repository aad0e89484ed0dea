import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { runFiles } from '../../shared/attempt/run-files.ts';
import { openBelow } from './hostile-files.ts';
import type { Masker } from './mask.ts';

/** Bytes of a profile before it is unpacked, and after. */
const packedLimit = 128 * 1024 * 1024;
const unpackedLimit = 1024 * 1024 * 1024;

/**
 * A copy of Bazel's profile with the secrets masked: it is unpacked for that, and packed again.
 * @returns null if there is none that can be read
 */
export async function copyProfile(options: {
  readonly runFolder: string;
  readonly file: string;
  readonly masker: Masker;
  readonly patience: AbortSignal;
}): Promise<{ readonly file: string; readonly size: number } | null> {
  const handle = await openBelow(options.runFolder, runFiles.profile);
  if (typeof handle === 'string') return null;
  try {
    if ((await handle.stat()).size > packedLimit) return null;
    await pipeline(
      handle.createReadStream({ autoClose: false }),
      createGunzip(),
      masking(options.masker),
      createGzip(),
      createWriteStream(options.file, { mode: 0o600 }),
      { signal: options.patience },
    );
    return { file: options.file, size: (await stat(options.file)).size };
  } catch {
    // Cut off, no gzip at all, or far too large once unpacked.
    return null;
  } finally {
    await handle.close();
  }
}

function masking(masker: Masker): Transform {
  const stream = masker.stream();
  let size = 0;
  return new Transform({
    transform(bytes: Buffer, _encoding, done) {
      size += bytes.length;
      if (size > unpackedLimit) {
        done(new Error('the profile is too large'));
        return;
      }
      stream.push(bytes, (part) => this.push(Buffer.from(part)));
      done();
    },
    flush(done) {
      stream.end((part) => this.push(Buffer.from(part)));
      done();
    },
  });
}
