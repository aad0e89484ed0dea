import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../shared/logs/in-order.ts';

async function all<Result>(results: AsyncIterable<Result>): Promise<Result[]> {
  const found: Result[] = [];
  for await (const result of results) found.push(result);
  return found;
}

describe('work in order', () => {
  it('gives results in the order of the items, whichever is ready first', async () => {
    const work = async (item: number): Promise<number> => {
      for (let turn = 0; turn < 20 - item; turn++) await Promise.resolve();
      return item * 2;
    };

    expect(await all(inOrder([1, 2, 3, 4, 5], 3, work))).toEqual([2, 4, 6, 8, 10]);
    expect(await all(inOrder([], 3, work))).toEqual([]);
    expect(await all(inOrder([1], 0, work))).toEqual([2]);
  });

  it('starts no more than wanted before the first is taken', async () => {
    const started: number[] = [];
    const results = inOrder([1, 2, 3, 4, 5], 2, async (item) => {
      started.push(item);
      return await Promise.resolve(item);
    });

    await results.next();

    expect(started).toEqual([1, 2, 3]);
  });

  it('fails with the first that fails, and leaves no other failure unhandled', async () => {
    const work = async (item: number): Promise<number> => {
      await Promise.resolve();
      throw new Error(`item ${item}`);
    };

    await expect(all(inOrder([1, 2, 3], 3, work))).rejects.toThrow('item 1');
    // An unhandled rejection would end the test run.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  });
});
