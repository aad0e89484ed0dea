import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';

/** What was archived, before it was compressed. */
export interface Archived {
  readonly bytes: number;
  readonly lines: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /** The compressed log; null if it could not be written. */
  readonly file: { readonly file: string; readonly size: number } | null;
}

/** The whole log as one gzip stream, written while it is followed: it is what was sent, whatever the file is by now. */
export interface Archive {
  /**
   * Resolves when the bytes are no longer needed. A disk that is full ends the archive, not the following.
   * @param lineEnds how many line ends are in them
   */
  write(bytes: Uint8Array, lineEnds: number): Promise<void>;
  end(): Promise<Archived>;
}

const newline = 10;

/** Fast: the log of a large build must not wait for its archive. */
const level = constants.Z_BEST_SPEED;

export function createArchive(options: { readonly file: string }): Archive {
  const gzip = createGzip({ level });
  const output = createWriteStream(options.file, { mode: 0o600 });
  gzip.pipe(output);
  const hash = createHash('sha256');
  let bytes = 0;
  let lines = 0;
  let lastByte = newline;
  let broken = false;
  const failed = new Promise<void>((resolve) => {
    for (const stream of [gzip, output]) {
      stream.once('error', () => {
        broken = true;
        resolve();
      });
    }
  });

  return {
    write: async (piece, lineEnds) => {
      if (piece.length === 0) return;
      hash.update(piece);
      lines += lineEnds;
      bytes += piece.length;
      lastByte = piece.at(-1) ?? newline;
      if (broken) return;
      const compressed = new Promise<void>((resolve) => {
        gzip.write(piece, () => {
          resolve();
        });
      });
      await Promise.race([compressed, failed]);
    },
    end: async () => {
      gzip.end();
      await Promise.race([finished(output).catch(() => {}), failed]);
      // A last line without an end is a line.
      const whole = { bytes, lines: lines + (lastByte === newline ? 0 : 1), sha256: hash.digest('hex') };
      if (broken) return { ...whole, file: null };
      const { size } = await stat(options.file);
      return { ...whole, file: { file: options.file, size } };
    },
  };
}
