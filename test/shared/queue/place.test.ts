import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeInLine } from '../../../shared/queue/place.ts';
import { noon, sampleRun, sampleRunId } from '../../support/sample-run.ts';

const waiting = (number: number) =>
  sampleRun({ id: sampleRunId(number), pushedAt: new Date(noon.getTime() + number * 1000) });
const line = (count: number) => Array.from({ length: count }, (_, index) => waiting(index + 1));
const seen = { queued: line(5), volumes: 2, usual: 60_000, whole: true };

describe('the place of a run that waits', () => {
  it.each([
    [1, { before: 0, orMore: false, startsInMs: 15_000 }],
    [4, { before: 3, orMore: false, startsInMs: 105_000 }],
    // One that nobody has seen in the line yet stands behind it.
    [9, { before: 5, orMore: false, startsInMs: 165_000 }],
  ])('number %i', (number, place) => {
    expect(placeInLine(waiting(number), seen)).toEqual(place);
  });

  it.each([
    ['how long such runs take', waiting(2), { ...seen, usual: null }],
    ['when a place of its owner is free', { ...waiting(2), waitsFor: 'customer' as const }, seen],
    ['when a place of all is free', { ...waiting(2), waitsFor: 'installation' as const }, seen],
    ['what it is tried again on', { ...waiting(2), notBefore: noon }, seen],
    ['who is before it', waiting(9), { ...seen, whole: false }],
    ['of any volume', waiting(2), { ...seen, volumes: 0 }],
  ])('says no time where nobody knows %s', (_, run, line_) => {
    expect(placeInLine(run, line_).startsInMs).toBeNull();
  });

  it('is behind those alone that were pushed before and may take the same volumes', () => {
    const queued = [{ ...waiting(1), trust: 'fork' as const }, waiting(2), waiting(3)];
    expect(placeInLine(waiting(3), { ...seen, queued })).toMatchObject({ before: 1, orMore: false });
    expect(placeInLine(waiting(9), { ...seen, whole: false })).toMatchObject({ before: 5, orMore: true });
  });

  it('is one for each run of a line, and later places start later', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 16 }), (count, volumes) => {
        const places = line(count).map((run) => placeInLine(run, { ...seen, queued: line(count), volumes }));
        expect(places.map(({ before }) => before)).toEqual(line(count).map((_, index) => index));
        const starts = places.map(({ startsInMs }) => startsInMs ?? 0);
        expect(starts).toEqual(starts.toSorted((one, other) => one - other));
      }),
    );
  });
});
