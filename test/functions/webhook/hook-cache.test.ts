import { expect, it } from 'vitest';
import { createHookCache } from '../../../functions/webhook/hook-cache.ts';
import { createManualClock } from '../../world/clock.ts';

it('keeps no more hooks than fit into memory, however many keys are guessed', async () => {
  const reads = new Map<string, number>();
  const cache = createHookCache({
    hooks: {
      get: async (hookKey) => {
        reads.set(hookKey, (reads.get(hookKey) ?? 0) + 1);
        return await Promise.resolve(null);
      },
      update: async () => await Promise.resolve(),
    },
    key: { open: async () => await Promise.resolve('') },
    clock: createManualClock(),
  });
  const keys = Array.from({ length: 10_001 }, (_, number) => number.toString(16).padStart(32, '0'));
  for (const key of keys) await cache.find(key);
  // The oldest has made room for the newest; all others are still there.
  for (const key of keys.toReversed()) await cache.find(key);
  expect([...reads].filter(([, count]) => count > 1).map(([key]) => key)).toEqual([keys[0]]);
});
