import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HookDelivery } from '../../../shared/outside/github.ts';
import { lastDelivered, lastFailed, toRedeliver } from '../../../shared/repository/redelivery.ts';
import { noon } from '../../support/sample-run.ts';

const minute = 60_000;
const tried = (id: number, guid: string, statusCode: number, minutesAgo: number): HookDelivery => ({
  hookId: '1',
  id: String(id),
  guid,
  statusCode,
  deliveredAt: new Date(noon.getTime() - minutesAgo * minute),
});
const again = (...all: HookDelivery[]): string[] => toRedeliver(all, noon).map(({ id }) => id);

describe('what GitHub is asked to deliver again', () => {
  it.each<[string, HookDelivery[], string[]]>([
    ['what failed for a reason of ours', [tried(1, 'a', 503, 5)], ['1']],
    ['what nobody answered', [tried(1, 'a', 0, 5)], ['1']],
    ['what a key explains that came late', [tried(1, 'a', 401, 5)], ['1']],
    ['nothing of what came through', [tried(1, 'a', 202, 5)], []],
    ['nothing of what came through later', [tried(1, 'a', 503, 5), tried(2, 'a', 202, 3)], []],
    ['nothing that would be refused again', [tried(1, 'a', 422, 5), tried(2, 'b', 413, 5), tried(3, 'c', 404, 5)], []],
    [
      'the last try of each, oldest first',
      [tried(1, 'a', 503, 9), tried(3, 'a', 503, 6), tried(2, 'b', 503, 8)],
      ['2', '3'],
    ],
    ['nothing that may still be under way', [tried(1, 'a', 503, 0.5)], []],
    ['nothing that is too old', [tried(1, 'a', 503, 3 * 24 * 60)], []],
    ['nothing that was tried again a moment ago', [tried(1, 'a', 503, 9), tried(2, 'a', 503, 4)], []],
    [
      'what has rested longer the more often it failed',
      [9, 20, 30].map((ago, id) => tried(id, 'a', 503, 20 + ago)),
      ['0'],
    ],
  ])('is %s', (_what, all, ids) => {
    expect(again(...all)).toEqual(ids);
  });

  it('is at most fifty at once, the oldest', () => {
    const all = Array.from({ length: 80 }, (_, index) => tried(index, String(index), 503, 100 - index));
    expect(again(...all)).toEqual(all.slice(0, 50).map(({ id }) => id));
  });

  it('never has a success among its tries, and each once', () => {
    const delivery = fc.record({
      guid: fc.constantFrom('a', 'b', 'c'),
      code: fc.constantFrom(0, 202, 401, 422, 503),
      ago: fc.nat(6000),
    });
    fc.assert(
      fc.property(fc.array(delivery), (drawn) => {
        const all = drawn.map(({ guid, code, ago }, index) => tried(index, guid, code, ago));
        const found = toRedeliver(all, noon);
        expect(new Set(found.map(({ guid }) => guid)).size).toBe(found.length);
        for (const { guid } of found)
          expect(all.some((one) => one.guid === guid && one.statusCode === 202)).toBe(false);
      }),
    );
  });
});

it('knows when a delivery came through last', () => {
  expect(lastDelivered([tried(1, 'a', 202, 5), tried(2, 'b', 202, 3), tried(3, 'c', 503, 1)])).toEqual(
    tried(0, '', 0, 3).deliveredAt,
  );
  expect(lastDelivered([tried(1, 'a', 503, 5)])).toBeNull();
});

it.each<[string, HookDelivery[], ReturnType<typeof lastFailed>]>([
  ['none', [], null],
  ['none of what came through', [tried(1, 'a', 200, 5), tried(2, 'b', 202, 3)], null],
  [
    'the newest try, also of what came through later',
    [tried(1, 'a', 404, 9), tried(2, 'b', 503, 5), tried(3, 'b', 202, 4), tried(4, 'c', 401, 8)],
    { at: tried(0, '', 0, 5).deliveredAt, statusCode: 503 },
  ],
  ['one that nobody answered', [tried(1, 'a', 0, 5)], { at: tried(0, '', 0, 5).deliveredAt, statusCode: 0 }],
])('knows which try failed last: %s', (_, all, expected) => {
  expect(lastFailed(all)).toEqual(expected);
});
