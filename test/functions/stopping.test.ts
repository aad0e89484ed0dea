import { describe, expect, it } from 'vitest';
import { jobName } from '../../shared/attempt/names.ts';
import { YbError } from '../../shared/errors.ts';
import { readRepository, repositoryPath } from '../../shared/store/repositories.ts';
import { secretPath, secretPlace } from '../../shared/store/repository-secrets.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { noon, samplePull, sampleRunId, sampleSha } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';
import type { FakeRepository } from '../world/github.ts';
import { changeDocument } from '../support/change-document.ts';

const path = '/api/v1/repos/demo/hello';

/** A repository with two volumes, a secret, and three pushes: two of them run, and one waits. */
async function setUp(credential: 'token' | 'app' = 'token') {
  const repository: FakeRepository = {
    id: '42',
    fullName: 'demo/hello',
    private: true,
    roles: { admin: 'admin', writer: 'writer' },
    branches: ['main'],
  };
  const plane = createControlPlane({ documents: createMemoryDocuments(), repositories: [repository] });
  plane.github.installations.add('42');
  await plane.register('42', 2);
  if (credential === 'app') {
    const fields = { credential: { kind: 'app', addedAt: noon, addedBy: 'demo' } };
    await changeDocument(plane.documents, repositoryPath('42'), fields);
  }
  const sealed = await plane.keys.credentials.seal(secretPlace('42', 'KEY'), 'a secret of the repository');
  const secret = { name: 'KEY', sealed, updatedAt: noon, updatedBy: 'demo' };
  await plane.documents.commit([{ type: 'create', path: secretPath('42', 'KEY'), fields: secret }]);
  for (const number of [1, 2, 3]) await plane.push(number);
  const ask = async (method: string, body?: object, token = 'admin') =>
    await plane.functions.dashboard.request(path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const stored = async () => (await readRepository(plane.documents, '42'))?.value;
  /** What the cluster does with the Jobs whose time was set to end. */
  const endJobs = async () => {
    for (const job of plane.cluster.jobs.values()) {
      if (job.terminal !== null) continue;
      plane.cluster.end(job.name, { terminal: 'Failed', reason: 'DeadlineExceeded' });
      await plane.handle({ v: 1, type: 'job.finished', jobUid: job.uid });
      await plane.drain();
    }
  };
  const secrets = () => plane.documents.paths().filter((one) => one.includes('/secrets/'));
  return { ...plane, repository, ask, stored, endJobs, secrets };
}

describe('a repository that is taken out', () => {
  it('has its runs ended and told, its secrets, volumes, disks and credential gone, and its history kept', async () => {
    const here = await setUp();
    expect(here.cluster.disks.size).toBe(2);

    expect((await here.ask('DELETE')).status).toBe(204);
    await here.drain();

    expect(here.secrets()).toEqual([]);
    expect(await here.stored()).toMatchObject({ stopped: { by: 'admin', why: 'unregistered' } });
    expect(await here.run(sampleRunId(3))).toMatchObject({ state: 'finished', outcome: { verdict: 'cancelled' } });
    // Whoever still writes keeps the volume.
    expect((await here.volumes('42')).map(({ state }) => state)).toEqual(['leased', 'leased']);
    await here.endJobs();
    for (const number of [1, 2, 3]) {
      const run = await here.run(sampleRunId(number));
      expect(run).toMatchObject({ state: 'finished', outcome: { verdict: 'cancelled' } });
      expect(here.states(number).at(-1)).toBe('error');
    }
    expect(await here.volumes('42')).toEqual([]);
    expect([...here.cluster.disks.keys()]).toEqual([]);
    expect((await here.stored())?.credential).toBeNull();
    const run = await here.functions.dashboard.request(`/api/v1/runs/${sampleRunId(1)}`, {
      headers: { authorization: 'Bearer admin' },
    });
    expect(run.status).toBe(200);
  });

  it('has its credential gone, too, where nothing but waiting runs were left', async () => {
    const here = await setUp();
    for (const number of [1, 2, 3]) await here.pass(number);
    here.github.pulls.set(7, [sampleSha(40)]);
    const { runId } = samplePull(7, { sha: sampleSha(40) });
    await here.handle(samplePull(7, { sha: sampleSha(40) }));
    await here.drain();
    expect((await here.run(runId)).state).toBe('awaiting-approval');
    expect((await here.ask('DELETE')).status).toBe(204);
    await here.drain();
    await here.ticks(5);
    expect((await here.run(runId)).outcome?.verdict).toBe('cancelled');
    expect(here.states(40).at(-1)).toBe('error');
    expect(await here.volumes('42')).toEqual([]);
    expect((await here.stored())?.credential).toBeNull();
  });

  it('keeps its credential until GitHub has heard how its runs ended', async () => {
    const here = await setUp();
    here.github.answer = 503;
    expect((await here.ask('DELETE')).status).toBe(204);
    await here.drain();
    await here.endJobs();
    expect((await here.run(sampleRunId(1))).state).toBe('finished');
    expect(here.states(1).at(-1)).toBe('pending');
    await here.ticks(30);
    expect((await here.stored())?.credential).not.toBeNull();
    // A volume without its run's disk brings the tick back; nobody is given it.
    expect((await here.volumes('42')).map(({ state }) => state)).toEqual(['retiring']);
    here.github.answer = 201;
    await here.ticks(20);
    for (const number of [1, 2, 3]) expect(here.states(number).at(-1)).toBe('error');
    expect(await here.volumes('42')).toEqual([]);
    expect(here.cluster.disks.size).toBe(0);
    expect((await here.stored())?.credential).toBeNull();
  });

  it('waits for the writer of a run that is decided, and goes when it is gone', async () => {
    const here = await setUp();
    const run = await here.run(sampleRunId(1));
    here.putResult(run);
    here.cluster.ends(run.job?.name ?? '', { exitCode: 0 });
    await here.handle({ v: 1, type: 'run.changed', runId: run.id });
    await here.drain();
    expect((await here.volumes('42')).map(({ state }) => state)).toContain('fenced');
    await here.ask('DELETE');
    await here.drain();
    expect((await here.volumes('42')).map(({ state }) => state)).toContain('fenced');
    await here.endJobs();
    expect(await here.volumes('42')).toEqual([]);
    expect([...here.cluster.disks.keys()]).toEqual([]);
  });

  it('starts nothing any more, whoever asks', async () => {
    const here = await setUp();
    await here.ask('DELETE');
    await here.drain();
    await here.push(4).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'not-found' });
    });
    expect(here.documents.paths()).not.toContain(`runs/${sampleRunId(4)}`);
    const start = await here.functions.dashboard.request(`${path}/runs`, {
      method: 'POST',
      headers: { authorization: 'Bearer admin', 'content-type': 'application/json' },
      body: '{"ref":"main"}',
    });
    expect(start.status).toBe(422);
    expect(await (await here.ask('GET')).json()).toMatchObject({ registered: false, hook: null });
    expect((await here.ask('DELETE')).status).toBe(404);
  });

  it('is set up anew with nothing of what was, once that is gone', async () => {
    const here = await setUp();
    await here.ask('DELETE');
    await here.drain();
    const early = await here.ask('PUT', { hook: { secret: 'a-secret-of-the-hook' } });
    expect(early.status).toBe(422);
    expect(await early.text()).toContain('still being taken out');
    await here.endJobs();
    expect((await here.ask('PUT', { hook: { secret: 'a-secret-of-the-hook' } })).status).toBe(200);
    expect(await here.stored()).toMatchObject({ stopped: null, credential: { kind: 'app' }, settings: {} });
    expect(await here.volumes('42')).toMatchObject([
      { state: 'free', epoch: 0 },
      { state: 'free', epoch: 0 },
    ]);
    await here.push(5);
    expect(await here.run(sampleRunId(5))).toMatchObject({ state: 'starting' });
  });

  it('goes on from whatever was done, if a call fails on the way', async () => {
    const here = await setUp();
    here.cluster.refuse.add('deleteDisk');
    await here.ask('DELETE');
    await here.drain();
    await here.endJobs().catch(() => undefined);
    here.cluster.refuse.clear();
    await here.tickAfter(61_000);
    await here.endJobs();
    await here.handle({ v: 1, type: 'volume.freed', repoId: '42' });
    await here.drain();
    expect(await here.volumes('42')).toEqual([]);
    expect([...here.cluster.disks.keys()]).toEqual([]);
  });

  it.each(['made', 'not made'])(
    'ends what was about to start, whose Job was %s though the cluster did not answer',
    async (was) => {
      const here = await setUp();
      for (const number of [1, 2, 3]) await here.pass(number);
      here.cluster.faults.createJob.push(new YbError('kubernetes-unavailable', 'timed out'));
      await expect(here.push(4)).rejects.toMatchObject({ retryable: true });
      if (was === 'not made') here.cluster.vanish(jobName({ id: sampleRunId(4), attempt: 1 }));
      expect((await here.ask('DELETE')).status).toBe(204);
      // Until nobody can be making it any more.
      await here.drain().catch(() => undefined);
      for (let minute = 0; minute < 5; minute += 1) await here.ticks(1).catch(() => undefined);
      await here.endJobs();
      expect(await here.run(sampleRunId(4))).toMatchObject({ state: 'finished', outcome: { verdict: 'cancelled' } });
      expect(here.states(4).at(-1)).toBe('error');
      await here.ticks(2);
      expect(await here.volumes('42')).toEqual([]);
      expect(here.cluster.jobs.size).toBe(was === 'made' ? 4 : 3);
    },
  );

  it('is not taken out by who may only write', async () => {
    const here = await setUp();
    expect((await here.ask('DELETE', undefined, 'writer')).status).toBe(404);
    expect((await here.stored())?.stopped).toBeNull();
  });
});

describe('what GitHub says of a repository', () => {
  const told = { v: 1, type: 'repository.changed', repoId: '42', told: 'host' } as const;

  it('is what counts: a message that nothing is behind changes nothing', async () => {
    const here = await setUp('app');
    const before = await here.stored();
    await here.handle(told);
    await here.drain();
    expect(await here.stored()).toEqual(before);
    expect(here.secrets()).toHaveLength(1);
    await here.handle({ ...told, repoId: '99' }).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'not-found' });
    });
  });

  it('is followed where it has another name', async () => {
    const here = await setUp('app');
    here.repository.fullName = 'demo/greetings';
    await here.handle(told);
    expect(await here.stored()).toMatchObject({ fullName: 'demo/greetings', stopped: null });
  });

  it.each(['token', 'app'] as const)('ends the word of its old owner where it was transferred (%s)', async (kind) => {
    const here = await setUp(kind);
    here.repository.ownerId = '8';
    await here.handle(told);
    await here.drain();
    await here.endJobs();
    expect(await here.stored()).toMatchObject({ stopped: { why: 'transferred' }, credential: null });
    expect(here.secrets()).toEqual([]);
    expect(await here.volumes('42')).toEqual([]);
  });

  it('stops it where the App was taken off', async () => {
    const here = await setUp('app');
    here.github.installations.clear();
    await here.handle(told);
    await here.drain();
    expect(await here.stored()).toMatchObject({ stopped: { why: 'uninstalled' } });
    expect(here.secrets()).toEqual([]);
  });

  it('says nothing where a stored token has ended: its owner gives another', async () => {
    const here = await setUp('token');
    here.github.revoked.add('github_pat_secret');
    await here.handle(told);
    expect((await here.stored())?.stopped).toBeNull();
    expect(here.secrets()).toHaveLength(1);
  });
});
