import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Plugin } from 'esbuild';
import { root, withBundle } from '../support/bundled.ts';
import type { Plant } from './plants.ts';
import type { Told } from './worker.ts';

/** So many seeds are handed out at once. */
const portion = 25;

/**
 * Bundles the simulation with the functions as they are, or with a bug in them, and runs seeds in all processors.
 * @param hear is told of each seed, in any order; `false` ends it
 */
export async function runSeeds(
  options: { readonly from: number; readonly seeds: number; readonly plant?: Plant | undefined },
  hear: (told: Told) => boolean,
): Promise<void> {
  const simulating = async (file: string): Promise<void> => {
    const { from, seeds } = options;
    const state = { next: from, goesOn: true };
    const take = (): { readonly from: number; readonly to: number } | null => {
      if (!state.goesOn || state.next >= from + seeds) return null;
      const begin = state.next;
      state.next = Math.min(begin + portion, from + seeds);
      return { from: begin, to: state.next };
    };
    const count = Math.min(availableParallelism(), Math.ceil(seeds / portion));
    await Promise.all(
      Array.from({ length: count }, async () => {
        await work(file, take, (told) => {
          state.goesOn &&= hear(told);
          return state.goesOn;
        });
      }),
    );
  };
  const { plant } = options;
  await withBundle('test/simulation/worker.ts', simulating, plant === undefined ? [] : [planted(plant)]);
}

async function work(file: string, take: () => object | null, hear: (told: Told) => boolean): Promise<void> {
  const worker = new Worker(file);
  try {
    await new Promise<void>((resolve, reject) => {
      const more = (): void => {
        const order = take();
        if (order === null) resolve();
        else worker.postMessage(order, []);
      };
      worker.on('error', reject);
      worker.on('message', (told: Told | null) => {
        if (told === null) more();
        else if (!hear(told)) resolve();
      });
      more();
    });
  } finally {
    await worker.terminate();
  }
}

/** Puts the bug in while its file is read. @throws Error where what it takes the place of does not stand once */
function planted({ file, find, replace, name }: Plant): Plugin {
  const path = join(root, file);
  return {
    name,
    setup(building) {
      building.onLoad({ filter: /\.tsx?$/ }, async (given) => {
        if (given.path !== path) return undefined;
        const text = await readFile(path, 'utf8');
        if (text.split(find).length !== 2) throw new Error(`${file} does not have once: ${find}`);
        return { contents: text.replace(find, () => replace), loader: 'ts' };
      });
    },
  };
}
