import { parseArgs } from 'node:util';
import { runSeeds } from './crew.ts';
import { callFates } from './faults.ts';
import { type Plant, plants } from './plants.ts';
import type { Told } from './worker.ts';

const help = `npm run simulate -- [--seeds N] [--from K] [--trace] [--coverage] [--plant NAME] [--plants]

  --seeds N      how many stories, each drawn from its number (300)
  --from K       the first number (0)
  --trace        of a story that breaks a rule everything that happened, not only its end
  --coverage     how often each remote call had each fate
  --plant NAME   with a bug in the functions: it is to be found
  --plants       which bugs there are; with --seeds, finds each of them
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '0' },
    trace: { type: 'boolean', default: false },
    coverage: { type: 'boolean', default: false },
    plant: { type: 'string' },
    plants: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** What a failing seed shows at most. */
const shownLines = 56;

function describe({ seed, violations, trace, faults }: Told): string {
  const shown = values.trace ? trace : trace.slice(-shownLines);
  const left = trace.length - shown.length;
  return [
    `seed ${seed}, ${faults.length} faults:`,
    ...violations.slice(0, 3).map((one) => `  ${one}`),
    ...(left > 0
      ? [`  … ${left} lines before; all of them: npm run simulate -- --seeds 1 --from ${seed} --trace`]
      : []),
    ...shown.map((line) => `  ${line.slice(0, 200)}`),
  ].join('\n');
}

/** Ends at the first violation. @returns the seed that found it */
async function find(plant: Plant, seeds: number, from: number): Promise<Told | null> {
  const found: Told[] = [];
  await runSeeds({ from, seeds, plant }, (told) => {
    if (told.violations.length > 0) found.push(told);
    return found.length === 0;
  });
  return found[0] ?? null;
}

async function findAll(seeds: number, from: number): Promise<boolean> {
  let found = 0;
  for (const plant of plants) {
    const told = await find(plant, seeds, from);
    if (told !== null) found += 1;
    say(
      `${told === null ? 'NOT FOUND' : `seed ${String(told.seed).padStart(4)}`}  ${plant.name.padEnd(34)} ${told?.violations[0]?.slice(0, 90) ?? plant.rule}`,
    );
  }
  say(`${found} of ${plants.length} planted bugs found`);
  return found === plants.length;
}

async function run(seeds: number, from: number): Promise<boolean> {
  const fates = new Map<string, Map<string, number>>();
  let broken = 0;
  const began = performance.now();
  await runSeeds({ from, seeds }, (told) => {
    if (told.violations.length > 0) {
      broken += 1;
      // One is enough to look at; how many there are is said at the end.
      if (broken === 1) say(describe(told));
    }
    for (const [gate, counts] of told.fates) {
      const sum = fates.get(gate) ?? new Map<string, number>();
      for (const [fate, count] of Object.entries(counts)) sum.set(fate, (sum.get(fate) ?? 0) + count);
      fates.set(gate, sum);
    }
    return true;
  });
  const missing = [...fates].flatMap(([gate, counts]) =>
    callFates.filter((fate) => (counts.get(fate) ?? 0) === 0).map((fate) => `${gate} ${fate}`),
  );
  if (values.coverage) {
    say(['', ...callFates].map((word) => word.padStart(13)).join(''));
    for (const [gate, counts] of [...fates].toSorted(([left], [right]) => (left < right ? -1 : 1)))
      say(`${callFates.map((fate) => String(counts.get(fate) ?? 0).padStart(13)).join('')}  ${gate}`);
    if (missing.length > 0) say(`never happened: ${missing.join(', ')}`);
  }
  say(`${(seeds / ((performance.now() - began) / 1000)).toFixed(1)} seeds a second`);
  say(`${seeds} seeds, ${broken} violations`);
  return broken === 0;
}

async function main(): Promise<boolean> {
  const { from, seeds } = {
    from: Number(values.from),
    seeds: Number(values.seeds ?? (values.plant === undefined ? 300 : 2000)),
  };
  if (values.help) {
    say(help);
    return true;
  }
  if (![from, seeds].every((one) => Number.isSafeInteger(one) && one >= 0))
    throw new Error('--seeds and --from are whole numbers');
  if (values.plants && values.seeds === undefined) {
    for (const { name, rule } of plants) say(`${name.padEnd(34)} ${rule}`);
    return true;
  }
  if (values.plants) return await findAll(seeds, from);
  if (values.plant === undefined) return await run(seeds, from);
  const plant = plants.find(({ name }) => name === values.plant);
  if (plant === undefined) throw new Error(`there is no such bug: ${values.plant}; --plants names them`);
  const told = await find(plant, seeds, from);
  say(told === null ? `${plant.name} was not found in ${seeds} seeds` : describe(told));
  return told !== null;
}

main().then(
  (good) => {
    process.exitCode = good ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
