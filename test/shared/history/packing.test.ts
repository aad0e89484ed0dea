import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Histories,
  historyLimits,
  type PastResult,
  type TestOutcome,
  withRun,
} from '../../../shared/history/history.ts';
import { pack, unpack } from '../../../shared/history/packing.ts';
import { many, past, remember } from './arbitrary.ts';

const passed: TestOutcome = { status: 'PASSED', attempts: 1, durationMs: 640 };

describe('a packed shard', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(many, (all) => {
        const histories = remember(all);
        expect(unpack(pack(histories))).toEqual(histories);
      }),
    );
  });

  it('is the same text for the same history, whatever order it came in', () => {
    fc.assert(
      fc.property(many, (all) => {
        expect(pack(remember(all.toReversed()))).toBe(pack(remember(all)));
      }),
    );
  });

  it('gives only what is asked for', () => {
    const histories = remember([{ run: past(1), outcomes: new Map(['a', 'b', 'c'].map((label) => [label, passed])) }]);
    expect([...unpack(pack(histories), (label) => label === 'b').keys()]).toEqual(['b']);
  });

  it.each([
    ['no text', ''],
    ['what is not packed', 'hello'],
    ['something else', text({ v: 1 })],
    ['another version', text({ v: 2, runs: [], targets: [] })],
    ['a run that is none', text({ v: 1, runs: [['x', 1, 0, 1, 'b']], targets: [] })],
    ['a result of no run', text({ v: 1, runs: [], targets: [['//a:a', 'P0,hs']] })],
    ['a status that is none', text({ v: 1, runs: [[past(1).id, 1, 0, 1, 'b']], targets: [['//a:a', 'X0,hs']] })],
    ['too many results', text({ v: 1, runs: [[past(1).id, 1, 0, 1, 'b']], targets: [['//a:a', 'P0'.repeat(21)]] })],
    ['what unpacks to more than a shard', deflateRawSync(Buffer.alloc(5 * 1024 * 1024)).toString('base64')],
  ])('is refused where it is %s', (_, packed) => {
    expect(() => unpack(packed)).toThrow(expect.objectContaining({ code: 'malformed-document' }));
  });
});

describe('the budget of a shard', () => {
  it('holds 20 results of each of 5,000 targets: an eighth of a large repository', () => {
    const histories = made({ targets: 5_000, runs: 20, label: usual });
    const packed = pack(histories);
    expect(packed.length).toBeLessThanOrEqual(historyLimits.packed);
    expect(unpack(packed)).toEqual(histories);
  });

  it('is never exceeded, and what was executed last stays longest', { timeout: 60_000 }, () => {
    // Labels that nothing can compress, of any length that may be.
    const label = (): string => randomBytes(500).toString('hex');
    const old = made({ targets: 6_000, runs: 3, label });
    const fresh = new Map(Array.from({ length: 200 }, () => [label(), passed] as const));
    const packed = pack(withRun(old, past(100), fresh));
    expect(packed.length).toBeLessThanOrEqual(historyLimits.packed);
    const left = unpack(packed);
    expect([...fresh.keys()].every((one) => left.has(one))).toBe(true);
    expect(left.size).toBeLessThan(6_200);
    // It is used, not only kept.
    expect(packed.length).toBeGreaterThan(historyLimits.packed * 0.7);
  });

  it('first lets go of old results of all, then of targets', () => {
    const histories = made({ targets: 9_000, runs: 20, label: usual });
    const left = unpack(pack(histories));
    expect(left.size).toBe(9_000);
    const kept = new Set([...left.values()].map((results) => results.length));
    expect([...kept]).toEqual([10]);
    for (const [label, results] of left) expect(results[0]).toEqual(histories.get(label)?.[0]);
  });

  it('is kept whatever is told', () => {
    fc.assert(
      fc.property(many, (all) => {
        expect(pack(remember(all)).length).toBeLessThanOrEqual(historyLimits.packed);
      }),
      { numRuns: 20 },
    );
  });
});

/** As a shard with these contents would be stored. */
function text(plain: object): string {
  const packed = deflateRawSync(JSON.stringify(plain)).toString('base64');
  expect(inflateRawSync(Buffer.from(packed, 'base64')).toString()).toBe(JSON.stringify(plain));
  return packed;
}

function usual(index: number): string {
  return `//services/payments/module_${index % 97}/internal:component_${index}_test`;
}

function made(options: { readonly targets: number; readonly runs: number; label(index: number): string }): Histories {
  const runs = Array.from({ length: options.runs }, (_, index) => past(options.runs - index));
  const result = (index: number, place: number): PastResult => ({
    run: runs[place] ?? past(0),
    status: (index + place) % 17 === 0 ? 'FLAKY' : 'PASSED',
    attempts: (index + place) % 17 === 0 ? 2 : 1,
    durationMs: 300 + ((index * 7919 + place * 104_729) % 5_000),
  });
  return new Map(
    Array.from({ length: options.targets }, (_, index) => [
      options.label(index),
      runs.map((_run, place) => result(index, place)),
    ]),
  );
}
