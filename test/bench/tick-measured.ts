import { startFirestoreEmulator } from '../../local/emulators.ts';
import { createFirestoreDocuments } from '../../shared/google/firestore.ts';
import { measureTick, type Stock } from '../support/tick-cost.ts';
import type { Tick } from './tick.ts';

const stocks: readonly (Stock & { readonly name: string })[] = [
  { name: 'ten runs that are over', finished: 10, waiting: 0, due: 0 },
  { name: 'a hundred thousand that are over', finished: 100_000, waiting: 0, due: 0 },
  { name: 'five thousand that wait, 50 of them due', finished: 10, waiting: 5_000, due: 50 },
];

async function measure(): Promise<readonly Tick[]> {
  const emulator = await startFirestoreEmulator({ projectId: 'bench' });
  try {
    const ticks: Tick[] = [];
    for (const [index, stock] of stocks.entries()) {
      const documents = createFirestoreDocuments({
        project: `tick-${index}`,
        database: '(default)',
        emulatorHost: emulator.host,
      });
      try {
        ticks.push({ ...stock, ...(await measureTick(documents, stock)) });
      } finally {
        await documents.close();
      }
    }
    return ticks;
  } finally {
    await emulator.stop();
  }
}

process.stdout.write(JSON.stringify(await measure()));
