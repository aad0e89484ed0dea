import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Customers,
  heldBack,
  heldBackReason,
  type Level,
  limitOf,
  pushLimitOf,
  waitingLimitOf,
  weightOf,
  medianCost,
  shareOf,
} from '../../../shared/queue/shares.ts';
import { noon, sampleRun } from '../../support/sample-run.ts';

const later = (seconds: number): Date => new Date(noon.getTime() + seconds * 1000);
const share = (start: number) => ({ start, finish: start + 1 });
const level = (free: number, next: Level['next'] = null): Level => ({ free, next });
const waiting = (repoId: string, start: number, seconds = 0) =>
  sampleRun({ repoId, share: share(start), pushedAt: later(seconds) });

describe('a run for which a volume is free', () => {
  const run = waiting('42', 5, 10);
  it.each<[what: string, customer: Level | null, installation: Level | null, by: string | null]>([
    ['starts where nothing is limited', null, null, null],
    ['starts where places are free and nobody waits', level(1), level(1), null],
    ['waits for one of its customer', level(0), level(1), 'customer'],
    ['waits for one of all', level(1), level(0), 'installation'],
    ['says what is nearest to it', level(0), level(0), 'customer'],
    ["waits behind its customer's older push in another repository", level(1, waiting('43', 9, 9)), null, 'customer'],
    ["goes before its customer's newer push", level(1, waiting('43', 0, 11)), null, null],
    ['waits behind whose turn it is', null, level(1, waiting('43', 4)), 'installation'],
    ['waits behind one of the same turn that was there before', null, level(1, waiting('43', 5)), 'installation'],
    ['goes before who has a later turn', null, level(1, waiting('43', 6)), null],
    ["takes the place of its own repository's next", null, level(1, waiting('42', 4)), null],
  ])('%s', (_what, customer, installation, by) => {
    expect(heldBack(run, { customer, installation })).toBe(by);
  });

  it('that has just come waits behind all who have a turn', () => {
    const fresh = sampleRun({ repoId: '42' });
    expect(heldBack(fresh, { customer: null, installation: level(3, waiting('43', 1e9)) })).toBe('installation');
  });
});

describe('a turn', () => {
  it('begins where the last served one began, for who had none for long', () => {
    expect(shareOf({ virtualTime: 100, lastFinish: 20, weight: 1, cost: 30 })).toEqual({ start: 100, finish: 130 });
  });

  it("is behind the customer's own, and shorter for more weight", () => {
    expect(shareOf({ virtualTime: 100, lastFinish: 200, weight: 3, cost: 30 })).toEqual({ start: 200, finish: 210 });
  });

  it('takes some minutes where nobody knows', () => {
    expect(shareOf({ virtualTime: 0, lastFinish: 0, weight: 1, cost: null }).finish).toBe(300);
  });

  /** Serves the least start, again and again, while everybody always has another run. */
  const serve = (people: readonly { weight: number; cost: number }[], rounds: number): number[] => {
    const turns = people.map(({ weight, cost }) => shareOf({ virtualTime: 0, lastFinish: 0, weight, cost }));
    const time = people.map(() => 0);
    for (let round = 0; round < rounds; round += 1) {
      const first = turns.reduce((best, turn, at) => (turn.start < (turns[best]?.start ?? 0) ? at : best), 0);
      const { weight, cost } = people[first] ?? { weight: 1, cost: 1 };
      const turn = turns[first] ?? { start: 0, finish: 0 };
      time[first] = (time[first] ?? 0) + cost;
      turns[first] = shareOf({ virtualTime: turn.start, lastFinish: turn.finish, weight, cost });
    }
    return time;
  };

  it('gives everybody who waits time by weight, whatever the runs cost', () => {
    const person = fc.record({ weight: fc.integer({ min: 1, max: 8 }), cost: fc.integer({ min: 1, max: 100 }) });
    fc.assert(
      fc.property(fc.array(person, { minLength: 2, maxLength: 8 }), (people) => {
        const time = serve(people, 2000);
        const due = time.map((seconds, at) => seconds / (people[at]?.weight ?? 1));
        // Never further apart than one run of each of two (Goyal, Vin, Cheng, theorem 1).
        const most = Math.max(...people.map(({ weight, cost }) => cost / weight));
        expect(Math.max(...due) - Math.min(...due)).toBeLessThanOrEqual(2 * most + 1e-6);
      }),
    );
  });
});

describe('what a run costs', () => {
  it('is the middle of what others took', () => {
    const took = (seconds: number) => ({ startedAt: noon, finishedAt: later(seconds) });
    expect(medianCost([took(5), took(1000), took(7), { startedAt: null, finishedAt: noon }])).toBe(7);
    expect(medianCost([])).toBeNull();
  });
});

describe('limits', () => {
  const limits = {
    runs: 50,
    runsOfCustomer: 5,
    waitingOfCustomer: 100,
    pushesOfCustomer: null,
    customers: { '7': { runs: 1, waiting: 9, pushes: 3 }, '8': { weight: 2, repositories: { '42': { weight: 0.5 } } } },
  };

  it('are those of everybody, unless something else was agreed', () => {
    expect([limitOf(limits, '7'), limitOf(limits, '8'), limitOf(limits, '9')]).toEqual([1, 5, 5]);
    expect(limitOf({ ...limits, runsOfCustomer: null }, '9')).toBeNull();
  });

  it('of what waits and comes are agreed likewise', () => {
    expect(['7', '8'].map((customer) => waitingLimitOf(limits, customer))).toEqual([9, 100]);
    expect(['7', '8'].map((customer) => pushLimitOf(limits, customer))).toEqual([3, null]);
  });

  it('weigh a repository among those of its owner', () => {
    const weights = [
      { customer: '8', repoId: '42' },
      { customer: '8', repoId: '43' },
      { customer: '7', repoId: '42' },
    ].map((run) => weightOf(limits, run));
    expect(weights).toEqual([1, 2, 1]);
  });

  it('are told to who waits', () => {
    const told = [
      heldBackReason('customer', limits, '7'),
      heldBackReason('customer', limits, '8'),
      heldBackReason('installation', limits, '8'),
    ];
    expect(told).toEqual([
      'waits for the one run that the owner of the repository may have at once',
      'waits for one of the 5 runs that the owner of the repository may have at once',
      'waits for one of the 50 runs that may go on at once here',
    ]);
  });

  it.each([{ acme: {} }, { '7': { weight: 0 } }, { '7': { runs: 0 } }, { '7': { share: 1 } }])(
    'are refused where they mean nothing: %j',
    (value) => {
      expect(Customers.safeParse(value).success).toBe(false);
    },
  );
});
