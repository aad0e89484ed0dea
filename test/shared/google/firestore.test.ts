import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../shared/clock.ts';
import { parseKeyRing, seal, unseal } from '../../../shared/sealing.ts';
import { createFirestoreDocuments } from '../../../shared/google/firestore.ts';
import { createHookDocuments } from '../../../shared/google/hook-documents.ts';
import { type Hook, hookPath, readHook, markSeen } from '../../../shared/store/hooks.ts';
import {
  createRun,
  dueRuns,
  latestRuns,
  openRunsOf,
  queuedRuns,
  readRun,
  runOfJob,
  saveRun,
} from '../../../shared/store/runs.ts';
import { readVolumes, saveLease, volumePath } from '../../../shared/store/volumes.ts';
import { changed } from '../../../shared/run/transitions.ts';
import { withTally } from '../../../shared/tally.ts';
import { leased } from '../../../shared/volume/lease.ts';
import { useFirestore } from '../../support/firestore.ts';
import { noon, sampleRun, sampleRunId, sampleSha, sampleVolume } from '../../support/sample-run.ts';

const firestore = useFirestore();
const minutes = (count: number): Date => new Date(noon.getTime() + count * 60_000);

describe('documents on Firestore', () => {
  it('come back as they were written, dates and nested values too', async () => {
    const { documents } = firestore.fresh();
    const run = sampleRun({
      phases: { checkout: { startedAt: noon, finishedAt: null } },
      lease: { volume: 1, epoch: 3 },
    });
    const created = await createRun(documents, run);
    expect((await readRun(documents, run.id))?.value).toEqual(run);
    expect((await readRun(documents, run.id))?.version).toEqual(created?.version);
    expect(await readRun(documents, sampleRunId(9))).toBeNull();
  });

  it('are created once, however many try at once', async () => {
    const { documents } = firestore.fresh();
    const made = await Promise.all(Array.from({ length: 20 }, async () => await createRun(documents, sampleRun())));
    expect(made.filter((one) => one !== null)).toHaveLength(1);
  });

  it('are changed by whoever read them last, and a conflict for everybody else', async () => {
    const { documents } = firestore.fresh();
    await createRun(documents, sampleRun());
    const [one, other] = [await readRun(documents, sampleRunId(1)), await readRun(documents, sampleRunId(1))];
    if (one === null || other === null) throw new Error('it was created');
    const saved = await saveRun(documents, one, { ...one.value, waitReason: 'first' });
    await expect(saveRun(documents, other, { ...other.value, waitReason: 'second' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await saveRun(documents, saved, { ...saved.value, waitReason: 'third' });
    expect((await readRun(documents, sampleRunId(1)))?.value.waitReason).toBe('third');
  });

  it('are away where the database takes a question and says nothing', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const documents = createFirestoreDocuments({
      project: 'silent',
      database: '(default)',
      emulatorHost: `127.0.0.1:${port}`,
      deadlineMilliseconds: 100,
    });
    const away = { code: 'store-unavailable' };
    await expect(documents.get(['runs/1'])).rejects.toMatchObject(away);
    await expect(documents.query({ collection: 'runs', where: [], limit: 1 })).rejects.toMatchObject(away);
    await expect(documents.commit([{ type: 'delete', path: 'runs/1' }])).rejects.toMatchObject(away);
    silent.close();
    for (const socket of sockets) socket.destroy();
  });

  it('are refused, and not tried again, where they are larger than a document may be', async () => {
    const { documents } = firestore.fresh();
    const fields = { text: 'x'.repeat(1_100_000) };
    const refused = { code: 'store-refused', retryable: false };
    await expect(documents.commit([{ type: 'create', path: 'runs/1', fields }])).rejects.toMatchObject(refused);
  });

  it('that are gone cannot be changed', async () => {
    const { documents } = firestore.fresh();
    const created = await createRun(documents, sampleRun());
    if (created === null) throw new Error('it was created');
    await documents.commit([{ type: 'delete', path: created.path }]);
    await expect(saveRun(documents, created, { ...created.value, waitReason: 'x' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('change together or not at all', async () => {
    const { documents } = firestore.fresh();
    const volume = sampleVolume();
    await documents.commit([{ type: 'create', path: volumePath('42', 0), fields: { ...volume } }]);
    const run = await createRun(documents, sampleRun());
    const [stored] = await readVolumes(documents, '42');
    if (run === null || stored === undefined) throw new Error('both were created');
    await saveRun(documents, run, { ...run.value, waitReason: 'moved on' });
    const next = { run: { ...run.value, waitReason: 'x' }, volume: leased(volume, run.value) };
    await expect(saveLease(documents, { run, volume: stored }, next)).rejects.toMatchObject({ code: 'conflict' });
    expect((await readVolumes(documents, '42'))[0]?.value).toEqual(volume);
  });

  it('are found by what the functions look for, in its order', async () => {
    const { documents } = firestore.fresh();
    const runs = [
      sampleRun({ id: sampleRunId(1), pushedAt: minutes(3), createdAt: minutes(1) }),
      sampleRun({ id: sampleRunId(2), pushedAt: minutes(2), createdAt: minutes(2) }),
      sampleRun({
        id: sampleRunId(3),
        state: 'running',
        job: { name: 'j', uid: 'uid-3', createdAt: noon, claimedAt: noon },
        createdAt: minutes(3),
      }),
      sampleRun({ id: sampleRunId(4), state: 'finished', nextLookAt: null, createdAt: minutes(4) }),
      sampleRun({ id: sampleRunId(5), repoId: '43', createdAt: minutes(5), nextLookAt: minutes(-1) }),
    ];
    for (const run of runs) await createRun(documents, run);
    const ids = (found: { value: { id: string } }[]) => found.map(({ value }) => value.id);
    expect(ids(await queuedRuns(documents, '42', 10))).toEqual([sampleRunId(2), sampleRunId(1)]);
    expect(ids(await latestRuns(documents, { repoId: '42', limit: 2 }))).toEqual([sampleRunId(4), sampleRunId(3)]);
    expect(ids(await latestRuns(documents, { repoId: '42', before: minutes(3), limit: 9 }))).toEqual([
      sampleRunId(2),
      sampleRunId(1),
    ]);
    // What is due the longest comes first, and what is not due does not come.
    expect((await dueRuns(documents, minutes(1), 10)).map(({ path }) => path)).toEqual(
      [5, 1, 2, 3].map((number) => `runs/${sampleRunId(number)}`),
    );
    expect(await dueRuns(documents, minutes(0), 10)).toHaveLength(1);
    expect(ids(await openRunsOf(documents, '42', 10))).toEqual([1, 2, 3].map(sampleRunId));
    expect((await runOfJob(documents, 'uid-3'))?.value.id).toBe(sampleRunId(3));
    expect(await runOfJob(documents, 'uid-9')).toBeNull();
  });

  it('are counted as they are billed', async () => {
    const { documents } = firestore.fresh();
    const tally = await withTally(async (counted) => {
      await createRun(documents, sampleRun());
      await readRun(documents, sampleRunId(1));
      await queuedRuns(documents, '42', 10);
      await queuedRuns(documents, '43', 10);
      return counted;
    });
    expect(tally).toEqual({ calls: { firestore: 4 }, reads: 3, writes: 1, trace: null });
  });

  it('give eight volumes to a hundred claimers: eight winners, and for all others a conflict at worst', async () => {
    const { documents } = firestore.fresh();
    for (let index = 0; index < 8; index += 1) {
      await documents.commit([
        { type: 'create', path: volumePath('42', index), fields: { ...sampleVolume({ index }) } },
      ]);
    }
    const claims = await Promise.all(
      Array.from({ length: 100 }, async (_, number) => {
        const run = await createRun(documents, sampleRun({ id: sampleRunId(number), sha: sampleSha(number + 1) }));
        if (run === null) throw new Error('it is new');
        // Each looks again after a conflict, as the scheduler does, until nothing is free.
        for (;;) {
          const volumes = await readVolumes(documents, '42');
          const volume = volumes.find(({ value }) => value.state === 'free');
          if (volume === undefined) return null;
          const held = leased(volume.value, run.value);
          const change = { type: 'claimed', volume: held.index, epoch: held.epoch, jobName: 'j', at: noon } as const;
          try {
            await saveLease(documents, { run, volume }, { run: changed(run.value, change), volume: held });
            return held.index;
          } catch (error) {
            expect(error).toMatchObject({ code: 'conflict' });
          }
        }
      }),
    );
    const winners = claims.filter((index) => index !== null);
    expect(winners.toSorted((left, right) => left - right)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const holders = (await readVolumes(documents, '42')).map(({ value }) => value.holder?.runId);
    expect(new Set(holders).size).toBe(8);
  });
});

describe('hooks over REST', () => {
  const hookKey = 'ab'.repeat(16);
  const keys = parseKeyRing(`k1:${Buffer.alloc(32, 7).toString('base64')}`, 'keys');
  const hook: Hook = {
    repoId: '42',
    secrets: [
      {
        id: 's1',
        sealed: seal({ ring: keys, place: hookPath(hookKey), plain: 'größe', random: systemRandom }),
        fingerprint: null,
        createdAt: noon,
        retiresAt: null,
      },
    ],
    lastPingAt: null,
    createdAt: noon,
  };

  function open(project: string, host = firestore.host()) {
    return createHookDocuments({
      project,
      database: 'hooks',
      emulatorHost: host,
      token: () => Promise.resolve(''),
      timeoutMilliseconds: 5000,
    });
  }

  it('read what the dashboard wrote with the client library', async () => {
    const { hookDocuments: documents, project } = firestore.fresh();
    await documents.commit([{ type: 'create', path: hookPath(hookKey), fields: { ...hook } }]);
    const read = await readHook(open(project), hookKey);
    expect(read).toEqual(hook);
    expect(unseal({ ring: keys, place: hookPath(hookKey), sealed: read?.secrets[0]?.sealed ?? '' })).toBe('größe');
    expect(await readHook(open(project), 'cd'.repeat(16))).toBeNull();
  });

  it('are marked as seen, and only that field is touched', async () => {
    const { hookDocuments: documents, project } = firestore.fresh();
    await documents.commit([{ type: 'create', path: hookPath(hookKey), fields: { ...hook } }]);
    await markSeen(open(project), hookKey, minutes(5));
    expect(await readHook(open(project), hookKey)).toEqual({ ...hook, lastPingAt: minutes(5) });
  });

  it('that do not exist are not made by a mark', async () => {
    const { project } = firestore.fresh();
    await expect(markSeen(open(project), hookKey, noon)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(await readHook(open(project), hookKey)).toBeNull();
  });

  it('that cannot be asked for are unavailable, not unknown', async () => {
    await expect(readHook(open('test', '127.0.0.1:1'), hookKey)).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: true,
    });
  });
});
