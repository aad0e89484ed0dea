import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YbError } from '../../../shared/errors.ts';
import {
  cleaned,
  cleaningFailed,
  cleaningHeldUp,
  cleaningJobMade,
  cleaningStarted,
  isDue,
} from '../../../shared/volume/cleaning.ts';
import { leased, released } from '../../../shared/volume/lease.ts';
import { idleFrom, Volume } from '../../../shared/volume/volume.ts';
import { noon, sampleRunId, sampleVolume } from '../../support/sample-run.ts';

const minutes = (count: number): Date => new Date(noon.getTime() + count * 60_000);
const start = { repoId: '42', at: noon, replaces: null };
const lease = (volume: Volume): Volume => leased(volume, { id: sampleRunId(1), attempt: 1 });
const end = (volume: Volume, condition: 'good' | 'suspect'): Volume =>
  released(volume, { condition, warm: null, reason: 'Bazel crashed', at: noon });
const quarantined = (): Volume => end(lease(end(lease(sampleVolume()), 'suspect')), 'suspect');

describe('a volume that was put aside', () => {
  it('says why, is due at once, and is a valid document in every state', () => {
    const aside = quarantined();
    expect(aside).toMatchObject({
      state: 'quarantined',
      epoch: 2,
      holder: null,
      cleaning: { reason: 'Bazel crashed' },
    });
    expect(isDue(aside, noon)).toBe(true);
    const cleaning = cleaningStarted(aside, start);
    const states = [
      aside,
      cleaning,
      cleaningJobMade(cleaning, 'uid'),
      cleaningFailed(cleaning, { problem: 'x', at: noon }),
    ];
    for (const volume of states) expect(Volume.parse(volume)).toEqual(volume);
    // As it was stored before there was any cleaning.
    const { cleaning: _, ...older } = sampleVolume();
    expect(Volume.parse(older)).toEqual(sampleVolume());
  });

  it('is cleaned under an epoch of its own and is then free, cold and without a history', () => {
    const warm = { sha: 'a', ref: 'refs/heads/main', finishedAt: noon, toolchain: null };
    const aside = { ...quarantined(), warm };
    const cleaning = cleaningJobMade(cleaningStarted(aside, start), 'uid-9');
    expect(cleaning).toMatchObject({
      state: 'cleaning',
      epoch: 3,
      cleaning: { job: { name: 'clean-42-0-3', uid: 'uid-9' } },
    });
    expect(cleaned(cleaning, noon)).toEqual({ ...sampleVolume(), epoch: 3, idleAt: idleFrom(noon) });
  });

  it('is tried again later and later, then once a day, and tells what went wrong', () => {
    let volume = quarantined();
    const waits: number[] = [];
    for (let tries = 1; tries <= 6; tries += 1) {
      const at = volume.cleaning?.dueAt ?? noon;
      expect(isDue(volume, new Date(at.getTime() - 1))).toBe(false);
      volume = cleaningFailed(cleaningStarted(volume, { ...start, at }), { problem: 'no\ndisk\u0000 ', at });
      waits.push(((volume.cleaning?.dueAt.getTime() ?? 0) - at.getTime()) / 60_000);
      expect(volume).toMatchObject({
        state: 'quarantined',
        epoch: 2 + tries,
        cleaning: { tries, problem: 'no disk', job: null },
      });
    }
    expect(waits).toEqual([1, 5, 30, 120, 1440, 1440]);
  });

  it('tells what holds its cleaning up', () => {
    const cleaning = cleaningStarted(quarantined(), start);
    expect(cleaningHeldUp(cleaning, '0/3 nodes are available').cleaning?.problem).toBe('0/3 nodes are available');
    expect(cleaningHeldUp(cleaning, 'x'.repeat(2000)).cleaning?.problem).toHaveLength(500);
  });
});

/** What somebody may try at any time, whatever is true. */
const moves = {
  lease,
  'end well': (volume: Volume) => end(volume, 'good'),
  'end badly': (volume: Volume) => end(volume, 'suspect'),
  clean: (volume: Volume) => cleaningStarted(volume, start),
  'clean on a new disk': (volume: Volume) => cleaningStarted(volume, { ...start, replaces: 'claim-1' }),
  'make the Job': (volume: Volume) => cleaningJobMade(volume, 'uid'),
  'hold up': (volume: Volume) => cleaningHeldUp(volume, 'x'),
  cleaned: (volume: Volume) => cleaned(volume, noon),
  'cleaning failed': (volume: Volume) => cleaningFailed(volume, { problem: 'x', at: minutes(1) }),
} as const;
type Move = keyof typeof moves;
const names = Object.keys(moves) as Move[];
const begins = new Set<Move>(['lease', 'clean', 'clean on a new disk']);
const ends = new Set<Move>(['end well', 'end badly', 'cleaned', 'cleaning failed']);

describe('the writers of a volume', () => {
  it('are one at most, each under a greater epoch than all before it, whatever is tried in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { minLength: 200, maxLength: 400, size: 'max' }), (tried) => {
        let volume = sampleVolume();
        let writer: number | null = null;
        let newest = 0;
        for (const move of tried) {
          const before = volume;
          try {
            volume = moves[move](before);
          } catch (error) {
            expect(error).toBeInstanceOf(YbError);
            continue;
          }
          expect(volume.epoch).toBeGreaterThanOrEqual(before.epoch);
          if (begins.has(move)) {
            expect(writer).toBeNull();
            expect(volume.epoch).toBeGreaterThan(newest);
            writer = volume.epoch;
            newest = volume.epoch;
          } else {
            // What is no beginning is about the writer that is there, and is refused when there is none.
            expect(writer).toBe(before.epoch);
            expect(volume.epoch).toBe(before.epoch);
            if (ends.has(move)) writer = null;
          }
          const writes = volume.state === 'leased' || volume.state === 'cleaning';
          expect(writes).toBe(writer !== null);
          expect(volume.holder !== null).toBe(volume.state === 'leased');
          expect((volume.cleaning?.job ?? null) !== null).toBe(volume.state === 'cleaning');
          expect(volume.cleaning !== null).toBe(volume.state === 'cleaning' || volume.state === 'quarantined');
        }
      }),
      { numRuns: 200 },
    );
  });
});
