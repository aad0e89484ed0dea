import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { givesWay, mostCounted, restAfter } from '../../../shared/queue/crowd.ts';
import type { Run } from '../../../shared/run/run.ts';
import { noon, sampleRun, sampleRunId } from '../../support/sample-run.ts';

const push = { source: 'push', delivery: null, actor: 'mira' } as const;
const run = (number: number, branch: string, changes: Partial<Run> = {}) =>
  sampleRun({
    id: sampleRunId(number),
    ref: `refs/heads/${branch}`,
    pushedAt: new Date(noon.getTime() + number * 1000),
    trigger: push,
    ...changes,
  });
const about = { defaultRef: 'refs/heads/main' };
const number = (found: ReturnType<typeof givesWay>) => Number(found?.run.id.slice(1) ?? 0);

describe('who gives way where too many wait', () => {
  it.each([
    ['the oldest of side branches', [run(1, 'main'), run(3, 'b'), run(2, 'a')], 2, null],
    ['first one that a newer run of its branch follows', [run(1, 'a'), run(2, 'b'), run(3, 'b')], 2, 3],
    ['nobody of the default branch', [run(1, 'main'), run(2, 'main')], 0, null],
    ['nobody of a merge queue', [run(1, 'gh-readonly-queue/main/pr-1-abc')], 0, null],
    ['nobody that somebody asked for', [run(1, 'a', { trigger: { ...push, source: 'manual' } })], 0, null],
    ['nobody where nobody waits', [], 0, null],
  ])('%s', (_, queued, expected, newer) => {
    const found = givesWay(queued, about);
    expect(number(found)).toBe(expected);
    expect(found?.newer?.id ?? null).toBe(newer === null ? null : sampleRunId(newer));
  });
});

describe('how long a run rests whose owner pushes too often', () => {
  it.each([
    [0, null],
    [9, null],
    [10, 1],
    [25, 2],
    [100, 10],
  ])('after %i others in a minute', (count, minutes) => {
    const until = restAfter(count, 10, noon);
    expect(until === null ? null : (until.getTime() - noon.getTime()) / 60_000).toBe(minutes);
  });

  it('grows with what came before, and ends', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 500 }), (count, limit) => {
        const counted = Math.min(count, mostCounted(limit));
        const minutes = ((restAfter(counted, limit, noon) ?? noon).getTime() - noon.getTime()) / 60_000;
        expect(minutes).toBeLessThanOrEqual(10);
        expect(minutes).toBe(Math.floor(counted / limit));
      }),
    );
  });
});
