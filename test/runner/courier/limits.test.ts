import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSparse } from '../../../runner/courier/hostile-files.ts';
import { startPatience } from '../../../runner/courier/upload-time.ts';
import { openState } from '../../../runner/courier/state.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const mebibyte = 1024 * 1024;

describe('a file that claims more than it holds', () => {
  it.each([
    ['whole', mebibyte * 64, (mebibyte * 64) / 512, false],
    ['packed by its file system to a sixtieth', mebibyte * 60, mebibyte / 512, false],
    ['a sixty-fifth of what it claims', mebibyte * 65, mebibyte / 512, true],
    ['a hole', mebibyte * 2, 0, true],
    ['small, whatever it holds', mebibyte, 0, false],
  ])('is found: %s', (_, size, blocks, sparse) => {
    expect(isSparse({ size, blocks })).toBe(sparse);
  });
});

describe('the time for uploads', () => {
  it('leaves some for each that follows: chunks, archive, evidence, and last the result', async () => {
    const waits: number[] = [];
    const stop = new AbortController();
    const patience = startPatience({
      clock: {
        now: () => new Date(0),
        sleep: async (milliseconds) => {
          waits.push(milliseconds);
          await Promise.resolve();
        },
      },
      stop: stop.signal,
      graceMs: 100_000,
    });
    expect(waits).toEqual([]);
    stop.abort();
    await Promise.resolve();
    expect(waits).toEqual([60_000, 80_000, 90_000, 97_000]);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(
      [patience.chunks, patience.archive, patience.evidence, patience.result].every(({ aborted }) => aborted),
    ).toBe(true);
  });
});

describe('what a courier remembers', () => {
  it('is what it wrote to the end of the line', () => {
    const folder = temporaryFolder();
    const state = openState(folder);
    state.rememberStarted();
    state.rememberChunk(262_144);
    appendFileSync(join(folder, 'state'), 'chunk 5242');
    expect(openState(folder)).toMatchObject({ started: true, chunkEnds: [262_144] });
  });
});
