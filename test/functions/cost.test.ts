import { describe, expect, it } from 'vitest';
import { createHookDocuments } from '../../shared/google/hook-documents.ts';
import { hookPath, hookSecretPlace } from '../../shared/store/hooks.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { deliveryHeaders } from '../support/deliveries.ts';
import { createDepth } from '../support/depth.ts';
import { useFirestore } from '../support/firestore.ts';
import { noon, sampleSha } from '../support/sample-run.ts';

const firestore = useFirestore();
const hookKey = 'ab'.repeat(16);
const secret = 'the secret of this repository';

describe('from a push to its Job', () => {
  it('at most six remote calls follow one another, also on an instance that has read nothing yet', async () => {
    const { documents, hookDocuments, project } = firestore.fresh();
    const depth = createDepth();
    const hooks = createHookDocuments({
      project,
      database: 'hooks',
      emulatorHost: firestore.host(),
      token: () => Promise.resolve(''),
      timeoutMilliseconds: 5000,
    });
    const plane = createControlPlane({
      documents: depth.counted('firestore', documents),
      change: ({ cluster, publisher }) => ({
        cluster: depth.counted('kubernetes', cluster),
        publisher: depth.counted('pubsub', publisher),
        hooks: depth.counted('firestore', hooks),
      }),
    });
    const hook = {
      repoId: '42',
      secrets: [
        {
          id: 's1',
          sealed: await plane.keys.hooks.seal(hookSecretPlace(hookKey, 's1'), secret),
          createdAt: noon,
          retiresAt: null,
        },
      ],
      lastPingAt: null,
      createdAt: noon,
    };
    await plane.register('42', 2);
    await hookDocuments.commit([{ type: 'create', path: hookPath(hookKey), fields: hook }]);
    const before = depth.calls.length;
    const body = JSON.stringify({
      ref: 'refs/heads/main',
      before: sampleSha(1),
      after: sampleSha(2),
      repository: { id: 42, pushed_at: 1_772_366_400, default_branch: 'main' },
    });
    const headers = deliveryHeaders({ event: 'push', body, secret });
    const answer = await plane.functions.webhook({
      method: 'POST',
      path: `/${hookKey}`,
      headers,
      body: Buffer.from(body),
    });
    expect(answer.status).toBe(202);
    const message = plane.publisher.waiting.shift();
    if (message === undefined) throw new Error('nothing was published');
    await plane.deliver(message);

    const calls = depth.calls.slice(before);
    const [first] = calls;
    const job = calls.find(({ name }) => name === 'kubernetes.createJob');
    const sequence = (job?.place ?? Number.POSITIVE_INFINITY) - (first?.place ?? 0) + 1;
    expect(sequence, calls.map(({ name, place }) => `${place} ${name}`).join('\n')).toBeLessThanOrEqual(6);
    expect(sequence).toBeGreaterThan(3);
  });
});
