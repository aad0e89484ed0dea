import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkIdentity, mayAppear } from '../../../functions/scheduler/vouch.ts';
import { YbError } from '../../../shared/errors.ts';
import type { RunRequested } from '../../../shared/messages/messages.ts';
import { secretPath, secretPlace } from '../../../shared/store/repository-secrets.ts';
import { createControlPlane } from '../../support/control-plane.ts';
import { noon, samplePush, sampleRequest, sampleRunId, sampleSha } from '../../support/sample-run.ts';
import { createMemoryDocuments } from '../../world/documents.ts';

const stranger = sampleSha(666);

async function setUp(change: Parameters<typeof createControlPlane>[0]['change'] = () => ({})) {
  const plane = createControlPlane({ documents: createMemoryDocuments(), change });
  await plane.register('42', 2);
  const sealed = await plane.keys.credentials.seal(secretPlace('42', 'DEPLOY_KEY'), 'a secret of the repository');
  const fields = { name: 'DEPLOY_KEY', sealed, updatedAt: noon, updatedBy: 'mira' };
  await plane.documents.commit([{ type: 'create', path: secretPath('42', 'DEPLOY_KEY'), fields }]);
  plane.github.elsewhere.add(stranger);
  /** Everything that is tried again for ten minutes, with the tick in between. */
  const tenMinutes = async (message: RunRequested) => {
    for (let minute = 0; minute < 10; minute += 1) {
      await plane.handle(message).catch((error: unknown) => expect(error).toBeInstanceOf(YbError));
      await plane.drain();
      await plane.ticks();
    }
  };
  return { ...plane, tenMinutes };
}

describe('a message that somebody forged', () => {
  it('gives no volume, no secret and no status to code that is on no branch (35)', async () => {
    const time = fc.date({ min: new Date('2008-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    const forged = fc.record(
      {
        before: fc.integer({ min: 0, max: 9 }).map(sampleSha),
        ref: fc.constantFrom('refs/heads/main', 'refs/heads/x/y', 'refs/heads/refs/pull/1'),
        pushedAt: time.map((at) => at.toISOString()),
        requestedAt: time.map((at) => at.toISOString()),
        defaultBranch: fc.constantFrom(null, 'main', 'x/y'),
        trigger: fc.constantFrom(
          { source: 'push' as const, delivery: null, actor: 'mira' },
          { source: 'manual' as const, delivery: null, actor: 'mira' },
          { source: 'rerun' as const, delivery: null, actor: null },
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(forged, async (changes) => {
        const { tenMinutes, cluster, github, volumes } = await setUp();
        const { trigger = samplePush().trigger } = changes;
        const make = trigger.source === 'push' ? samplePush : sampleRequest;
        const request = make({ ...changes, trigger, sha: stranger });
        await tenMinutes(request);
        expect([...cluster.jobs.keys()]).toEqual([]);
        expect((await volumes('42')).map(({ state, epoch }) => [state, epoch])).toEqual([
          ['free', 0],
          ['free', 0],
        ]);
        expect(github.statuses.get(stranger)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('as a pull request gets neither a trusted volume nor a secret', async () => {
    const { tenMinutes, cluster, github, volumes } = await setUp();
    await tenMinutes(sampleRequest({ ref: 'refs/pull/1/head', sha: stranger }));
    expect([...cluster.jobs.keys()]).toEqual([]);
    expect((await volumes('42')).every(({ state }) => state === 'free')).toBe(true);
    expect(github.statuses.get(stranger)).toBeUndefined();
  });

  it('under an id that is not the one of its push is put aside', async () => {
    expect(() => checkIdentity({ ...samplePush(), runId: sampleRunId(1) })).toThrow(
      expect.objectContaining({ code: 'malformed-message' }),
    );
    expect(() => checkIdentity(samplePush())).not.toThrow();
    const { handle, publisher } = await setUp();
    await handle({ ...samplePush(), runId: sampleRunId(1) });
    expect(publisher.waiting.map(({ topic }) => topic)).toEqual(['dead-letters']);
  });
});

describe('a run that was asked for', () => {
  it('starts as soon as GitHub shows the commit on its branch', async () => {
    const { handle, drain, github, cluster } = await setUp();
    const push = samplePush({ sha: stranger });
    await expect(handle(push)).rejects.toMatchObject({ code: 'github-unavailable', retryable: true });
    github.elsewhere.clear();
    await handle(push);
    await drain();
    expect(cluster.jobs.size).toBe(1);
  });

  it('is shown while GitHub does not answer, and goes on by the tick alone', async () => {
    const answer = { failing: true };
    const { handle, drain, cluster, run, ticks, tickAfter } = await setUp(({ github }) => ({
      github: {
        ...github,
        isOnBranch: async (...asked) => {
          if (answer.failing) throw new YbError('github-unavailable', 'GitHub cannot be reached');
          return await github.isOnBranch(...asked);
        },
      },
    }));
    const push = samplePush();
    await expect(handle(push)).rejects.toMatchObject({ code: 'github-unavailable' });
    await drain();
    expect(await run(push.runId)).toMatchObject({
      state: 'queued',
      vouched: false,
      waitReason: 'GitHub does not answer',
    });
    await tickAfter(0);
    expect(cluster.jobs.size).toBe(0);

    answer.failing = false;
    await ticks();
    expect(await run(push.runId)).toMatchObject({ state: 'starting', vouched: true });
  });

  it('ends at once where GitHub does not show the repository to its credential', async () => {
    const { handle, drain, cluster, run } = await setUp(({ github }) => ({
      github: {
        ...github,
        isOnBranch: async () => await Promise.reject(new YbError('github-unauthorized', 'no right')),
      },
    }));
    const push = samplePush();
    await handle(push);
    await drain();
    expect(await run(push.runId)).toMatchObject({
      state: 'finished',
      outcome: { verdict: 'infrastructure', code: 'bad-credential', fault: 'settings' },
    });
    expect(cluster.jobs.size).toBe(0);
  });

  it.each([
    [0, true],
    [4 * 60_000, true],
    [5 * 60_000, false],
  ])('may appear %d ms after it was told of: %j', (age, may) => {
    expect(mayAppear(samplePush(), new Date(noon.getTime() + age))).toBe(may);
  });
});
