import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { UploadGrant } from '../../../shared/attempt/upload-grant.ts';
import { askedOf } from '../../../shared/history/test-set.ts';
import { jobName } from '../../../shared/attempt/names.ts';
import type { Run } from '../../../shared/run/run.ts';
import { runPath } from '../../../shared/store/runs.ts';
import { repositoriesWithDueVolumes, volumePath } from '../../../shared/store/volumes.ts';
import { newVolume } from '../../../shared/volume/volume.ts';
import { createControlPlane } from '../../support/control-plane.ts';
import { noon, sampleRequest, sampleRunId, workingRun } from '../../support/sample-run.ts';
import { createMemoryDocuments } from '../../world/documents.ts';

async function setUp(volumes: number) {
  const plane = createControlPlane({ documents: createMemoryDocuments() });
  await plane.register('42', volumes);
  return plane;
}

const name = jobName({ id: sampleRunId(1), attempt: 1 });
const freed = { v: 1, type: 'volume.freed', repoId: '42' } as const;

describe('the scheduler', () => {
  /** A run that was claimed for volume 0 by its first attempt, of which nobody recorded the Job. */
  async function claimed(changes: Partial<Run>) {
    const plane = await setUp(1);
    const job = { name, uid: null, createdAt: null, claimedAt: null };
    const run = workingRun({ state: 'starting', lease: { volume: 0, epoch: 1 }, job, ...changes });
    const [before] = await plane.documents.get([volumePath('42', 0)]);
    if (before === null || before === undefined) throw new Error('no volume');
    const holder = { runId: run.id, attempt: 1, jobUid: null };
    await plane.documents.commit([
      { type: 'create', path: runPath(run.id), fields: { ...run } },
      {
        type: 'update',
        path: before.path,
        fields: { state: 'leased', epoch: 1, holder },
        version: before.version,
      },
    ]);
    await plane.handle(freed);
    expect(plane.publisher.waiting.filter(({ topic }) => topic === 'dead-letters')).toEqual([]);
    return [...plane.cluster.jobs.keys()];
  }

  it('goes on with a claim whose Job was never recorded', async () => {
    expect(await claimed({})).toEqual([name]);
  });

  it.each<[string, Partial<Run>]>([
    ['of an earlier attempt', { attempt: 2, lease: { volume: 1, epoch: 1 } }],
    ['of a run that is over', { state: 'finished' }],
  ])('leaves a claim %s alone', async (_, changes) => {
    expect(await claimed(changes)).toEqual([]);
  });

  it('says that a volume is free when the cluster refuses a Job', async () => {
    const { cluster, handle, publisher } = await setUp(1);
    cluster.refuse.add(name);
    await handle(sampleRequest());
    expect(publisher.waiting.map(({ topic, text }) => [topic, JSON.parse(text) as unknown])).toContainEqual([
      'volumes',
      freed,
    ]);
  });

  it('lets the courier upload until after the deadline and its grace', async () => {
    const { cluster, handle, clock } = await setUp(1);
    await handle(sampleRequest());
    const secret = cluster.secrets.get(name);
    const { policies, result } = UploadGrant.parse(secret?.upload);
    const order = cluster.orders.get(name);
    if (order?.kind !== 'attempt') throw new Error('no Job of an attempt');
    const { deadlineSeconds, graceSeconds } = order.settings;
    const Policy = z.object({ expiration: z.coerce.date() });
    expect(policies.length).toBeGreaterThan(0);
    for (const { fields } of policies) {
      const text = Buffer.from(fields['policy'] ?? '', 'base64').toString();
      const { expiration } = Policy.parse(JSON.parse(text));
      const seconds = (expiration.getTime() - clock.now().getTime()) / 1000;
      expect(seconds).toBe(deadlineSeconds + graceSeconds + 600);
    }
    const expires = new URL(result.url).searchParams.get('X-Goog-Expires');
    expect(Number(expires)).toBe(deadlineSeconds + graceSeconds + 600);
  });

  it('is told of a volume at the very moment at which it is due', async () => {
    const { documents } = await setUp(1);
    const cleaning = { reason: 'x', dueAt: noon, tries: 0, problem: null, job: null, replaces: null };
    const volume = { ...newVolume(0, 'trusted'), state: 'quarantined', cleaning };
    await documents.commit([{ type: 'create', path: volumePath('43', 0), fields: volume }]);
    expect(await repositoriesWithDueVolumes(documents, noon, 10)).toEqual(['43']);
    expect(await repositoriesWithDueVolumes(documents, new Date(noon.getTime() - 1), 10)).toEqual([]);
  });

  it('has all tests executed where somebody asked for that, which makes them no other tests', async () => {
    const { handle, run, cluster } = await setUp(2);
    await handle(sampleRequest());
    await handle(sampleRequest({ runId: sampleRunId(2), uncached: true }));
    const flags = async (number: number) => {
      const order = cluster.orders.get((await run(sampleRunId(number))).job?.name ?? '');
      return order?.kind === 'attempt' ? order.settings.bazel.flags : null;
    };
    expect([await flags(1), await flags(2)]).toEqual([[], ['--nocache_test_results']]);
    const targets = ['//...'];
    expect(askedOf({ targets, flags: ['--nocache_test_results'] })).toBe(askedOf({ targets, flags: [] }));
  });

  it('keeps a run for ninety days', async () => {
    const { handle, run } = await setUp(1);
    await handle(sampleRequest());
    const { createdAt, expireAt } = await run(sampleRunId(1));
    expect(expireAt.getTime() - createdAt.getTime()).toBe(90 * 24 * 60 * 60 * 1000);
  });

  it('only writes down a cancel: the watcher ends the Job', async () => {
    const { handle, cluster, publisher, deliver, run } = await setUp(1);
    await handle(sampleRequest());
    publisher.waiting.length = 0;
    await handle({ v: 1, type: 'run.cancelled', runId: sampleRunId(1), by: 'mira', requestedAt: noon.toISOString() });
    expect(cluster.calls.get('expireJob')).toBeUndefined();
    expect(await run(sampleRunId(1))).toMatchObject({ cancel: { by: 'mira' } });
    for (const message of publisher.waiting.splice(0)) await deliver(message);
    expect(cluster.calls.get('expireJob')).toBe(1);
  });
});
