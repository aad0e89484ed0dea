import { Firestore } from '@google-cloud/firestore';
import { startFirestoreEmulator } from '../../local/emulators.ts';
import { errorCode } from '../../shared/errors.ts';
import { createFirestoreDocuments } from '../../shared/google/firestore.ts';
import { createBusyInstallation } from '../support/busy-installation.ts';

import { type Claims, claimers, volumes } from './claims.ts';

/**
 * A hundred runs of a repository with eight volumes, asked for at once, through the real scheduler with limits and on Firestore's
 * emulator: each is vouched for, written down, placed if it can be, and its Job made in a model of the cluster.
 */
async function ours(emulatorHost: string, project: string): Promise<Claims> {
  const documents = createFirestoreDocuments({ project, database: '(default)', emulatorHost });
  try {
    const here = await createBusyInstallation(documents, {
      customers: [{ id: '1' }],
      repositoriesEach: 1,
      volumesEach: volumes,
      runs: claimers,
      runsOfCustomer: claimers,
    });
    const failures: string[] = [];
    const began = performance.now();
    await Promise.all(
      Array.from({ length: claimers }, async (_, number) => {
        await here.handle(here.request(number + 1, '1000')).catch((error: unknown) => failures.push(errorCode(error)));
      }),
    );
    const milliseconds = performance.now() - began;
    const disks = here.going().map(({ order }) => order.diskName);
    return { milliseconds, given: new Set(disks).size, winners: disks.length, errors: failures.length };
  } finally {
    await documents.close();
  }
}

/** The same wish as one would write it first: a transaction that looks for a free volume and takes it. */
async function naive(emulatorHost: string): Promise<Claims> {
  const firestore = new Firestore({ projectId: 'naive', host: emulatorHost, ssl: false });
  try {
    const all = firestore.collection('volumes');
    await Promise.all(
      Array.from({ length: volumes }, async (_, index) => await all.doc(String(index)).set({ free: true })),
    );
    const failures: unknown[] = [];
    const began = performance.now();
    const got = await Promise.all(
      Array.from({ length: claimers }, async () => {
        try {
          return await firestore.runTransaction(async (transaction) => {
            const { docs } = await transaction.get(all.where('free', '==', true).limit(1));
            const [volume] = docs;
            if (volume === undefined) return null;
            transaction.update(volume.ref, { free: false });
            return volume.id;
          });
        } catch (error) {
          failures.push(error);
          return null;
        }
      }),
    );
    const milliseconds = performance.now() - began;
    const winners = got.filter((id) => id !== null);
    return { milliseconds, given: new Set(winners).size, winners: winners.length, errors: failures.length };
  } finally {
    await firestore.terminate();
  }
}

async function compareClaims(): Promise<Readonly<Record<'ours' | 'naive', Claims>>> {
  const emulator = await startFirestoreEmulator({ projectId: 'bench' });
  try {
    // The first round is for the compilers.
    await ours(emulator.host, 'warm-up');
    return { ours: await ours(emulator.host, 'ours'), naive: await naive(emulator.host) };
  } finally {
    await emulator.stop();
  }
}

process.stdout.write(JSON.stringify(await compareClaims()));
