import { describe, expect, it } from 'vitest';
import { runSeeds } from './crew.ts';
import { plants } from './plants.ts';
import type { Told } from './worker.ts';

async function broken(
  options: Parameters<typeof runSeeds>[0],
): Promise<{ readonly seeds: number; readonly broken: readonly Told[] }> {
  const all: Told[] = [];
  await runSeeds(options, (told) => {
    all.push(told);
    return options.plant === undefined || told.violations.length === 0;
  });
  return { seeds: all.length, broken: all.filter(({ violations }) => violations.length > 0) };
}

describe('the control plane, under faults', () => {
  it('keeps its rules and comes to rest in each of 300 stories', async () => {
    const { seeds, broken: found } = await broken({ from: 0, seeds: 300 });
    const words = found.map(({ seed, violations, trace }) =>
      [`seed ${seed}`, ...violations, ...trace.slice(-40)].join('\n'),
    );
    expect(words.join('\n\n')).toBe('');
    expect(seeds).toBe(300);
  });

  it('tells the same story for the same number', async () => {
    const plant = plants.find(({ name }) => name === 'lease-freed-by-time');
    const [one, other] = [await broken({ from: 0, seeds: 200, plant }), await broken({ from: 0, seeds: 200, plant })];
    const seed = one.broken[0]?.seed;
    const same =
      other.broken.find((told) => told.seed === seed) ?? (await broken({ from: seed ?? 0, seeds: 1, plant })).broken[0];
    expect(same?.trace).toEqual(one.broken[0]?.trace);
    expect(same?.trace.length).toBeGreaterThan(10);
  });

  // The rest of them: npm run simulate -- --plants --seeds 2000
  it.each(plants.slice(0, 4))('would show it if $rule did not hold: $name', async (plant) => {
    expect((await broken({ from: 0, seeds: 600, plant })).broken.length).toBeGreaterThan(0);
  });
});
