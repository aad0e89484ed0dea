import { describe, expect, it } from 'vitest';
import { useFirestore } from '../support/firestore.ts';
import { measureTick } from '../support/tick-cost.ts';

const firestore = useFirestore();

describe('a tick, on Firestore', () => {
  it('with nothing to do reads under ten documents, and as many with ten runs as with two thousand', async () => {
    const few = await measureTick(firestore.fresh().documents, { finished: 10, waiting: 0, due: 0 });
    const many = await measureTick(firestore.fresh().documents, { finished: 2_000, waiting: 0, due: 0 });
    expect(few.reads).toBeGreaterThan(0);
    expect(few.reads).toBeLessThan(10);
    expect(many).toEqual(few);
    expect(many).toMatchObject({ writes: 0, told: 0 });
  });

  it('reads at most three documents for a run that is due, however many wait beside it', async () => {
    const { reads, told } = await measureTick(firestore.fresh().documents, { finished: 10, waiting: 500, due: 50 });
    // Of the run, and of its repository.
    expect(told).toBe(2 * 50);
    expect(reads).toBeLessThanOrEqual(3 * 50);
  });
});
