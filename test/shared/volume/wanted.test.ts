import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrustClass } from '../../../shared/run/trust.ts';
import { isWanted, scaling } from '../../../shared/volume/wanted.ts';
import { noon, sampleVolume } from '../../support/sample-run.ts';

const own = (index: number, state: 'free' | 'leased' | 'retiring' = 'free') => sampleVolume({ index, state, epoch: 3 });
const fork = (index: number, state: 'free' | 'leased' | 'fenced' | 'retiring', epoch: number) =>
  sampleVolume({ index, trust: 'fork', state, epoch });

describe('the volumes of a repository', () => {
  it.each([
    ['are made as many as its owner wants', [], { own: 2, forks: 0 }, { make: [0, 1], retire: [] }],
    ['go where they are too many', [own(0), own(1), own(2)], { own: 1, forks: 0 }, { make: [], retire: [1, 2] }],
    ['go where they were on their way out', [own(0, 'retiring')], { own: 1, forks: 0 }, { make: [], retire: [0] }],
    [
      'go where nobody has used them for long, and others come',
      [
        sampleVolume({ index: 0, epoch: 3, idleAt: noon }),
        sampleVolume({ index: 1, epoch: 3, idleAt: new Date(+noon + 1) }),
      ],
      { own: 2, forks: 0 },
      { make: [], retire: [0] },
    ],
    ['are one more for each run of a fork', [own(0)], { own: 1, forks: 1 }, { make: [1000], retire: [] }],
    ['are two more at most', [own(0)], { own: 1, forks: 9 }, { make: [1000, 1001], retire: [] }],
    [
      'are taken as they wait for a run of a fork',
      [own(0), fork(1001, 'free', 0)],
      { own: 1, forks: 1 },
      { make: [], retire: [] },
    ],
    [
      'of a fork go when they were used, or nobody wants them',
      [own(0), fork(1000, 'fenced', 1), fork(1001, 'free', 0)],
      { own: 1, forks: 0 },
      { make: [], retire: [1000, 1001] },
    ],
    [
      'of a fork stay as long as somebody works on them',
      [own(0), fork(1000, 'leased', 1), fork(1001, 'retiring', 1)],
      { own: 1, forks: 3 },
      { make: [], retire: [1001] },
    ],
  ] as const)('%s', (_, volumes, wanted, { make, retire }) => {
    const found = scaling(volumes, wanted, noon);
    expect(found.make.map(({ index }) => index)).toEqual(make);
    expect(found.retire).toEqual(retire);
    expect(found.make.every(({ index, trust }) => trust === (index < 1000 ? 'trusted' : 'fork'))).toBe(true);
  });

  it('are given to runs as long as they are wanted, and one of a fork once', () => {
    expect([own(0), own(1), own(2)].map((volume) => isWanted(volume, 2))).toEqual([true, true, false]);
    expect([fork(1000, 'free', 0), fork(1000, 'free', 1)].map((volume) => isWanted(volume, 2))).toEqual([true, false]);
  });

  it('come to what is wanted, whatever is there, and nothing that works is touched', () => {
    const volume = fc
      .record({
        index: fc.constantFrom(0, 1, 2, 3, 1000, 1001),
        state: fc.constantFrom('free' as const, 'leased' as const, 'fenced' as const, 'retiring' as const),
        epoch: fc.constantFrom(0, 1, 5),
      })
      .map(({ index, state, epoch }) =>
        sampleVolume({ index, state, epoch, trust: (index < 1000 ? 'trusted' : 'fork') satisfies TrustClass }),
      );
    fc.assert(
      fc.property(
        fc.uniqueArray(volume, { selector: ({ index }) => index }),
        fc.record({ own: fc.integer({ min: 1, max: 4 }), forks: fc.integer({ min: 0, max: 4 }) }),
        (volumes, wanted) => {
          const { make, retire } = scaling(volumes, wanted, noon);
          const left = volumes.filter(({ index }) => !retire.includes(index));
          expect(make.some(({ index }) => volumes.some((known) => known.index === index))).toBe(false);
          expect(
            volumes
              .filter(({ trust, state }) => trust === 'fork' && state === 'leased')
              .every(({ index }) => !retire.includes(index)),
          ).toBe(true);
          const given = left.filter((each) => isWanted(each, wanted.own) && each.trust === 'fork');
          expect(given.filter(({ state }) => state === 'free').length).toBeLessThanOrEqual(wanted.forks);
        },
      ),
    );
  });
});
