import { describe, expect, it } from 'vitest';
import { createReceiver } from '../../functions/webhook/receive.ts';
import { systemRandom } from '../../shared/clock.ts';
import { parseKeyRing, seal } from '../../shared/secrets.ts';
import { createHookStore } from '../../shared/store/hook-store.ts';
import { hookPath } from '../../shared/store/hooks.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { deliveryHeaders } from '../support/deliveries.ts';
import { createDepth } from '../support/depth.ts';
import { useFirestore } from '../support/firestore.ts';
import { createLogLines } from '../support/log-lines.ts';
import { noon, sampleSha } from '../support/sample-run.ts';

const firestore = useFirestore();
const hookKey = 'ab'.repeat(16);
const secret = 'the secret of this repository';

describe('from a push to its Job', () => {
  it('at most six remote calls follow one another, also on an instance that has read nothing yet', async () => {
    const { documents, project } = firestore.fresh();
    const depth = createDepth();
    const plane = createControlPlane({
      documents: depth.counted('firestore', documents),
      githubUrl: 'http://127.0.0.1:1',
      wrapCluster: (cluster) => depth.counted('kubernetes', cluster),
    });
    const keys = parseKeyRing(`k1:${Buffer.alloc(32, 7).toString('base64')}`, 'keys');
    const sealed = seal({ ring: keys, place: hookPath(hookKey), plain: secret, random: systemRandom });
    const hook = {
      repoId: '42',
      secrets: [{ id: 's1', sealed, createdAt: noon, retiresAt: null }],
      lastPingAt: null,
      createdAt: noon,
    };
    await plane.register('42', 2);
    await documents.commit([{ type: 'create', path: hookPath(hookKey), fields: hook }]);
    const before = depth.calls.length;
    const hooks = createHookStore({
      project,
      emulatorHost: firestore.host(),
      token: () => Promise.resolve(''),
      timeoutMilliseconds: 5000,
    });
    const receive = createReceiver({
      hooks: depth.counted('firestore', hooks),
      keys,
      publisher: depth.counted('pubsub', {
        publish: async (message: Parameters<typeof plane.handle>[0]) => {
          await Promise.resolve();
          plane.bus.push(message);
        },
        deadLetter: () => Promise.reject(new Error('not for a webhook')),
      }),
      clock: plane.clock,
      log: createLogLines().log,
    });
    const body = JSON.stringify({
      ref: 'refs/heads/main',
      before: sampleSha(1),
      after: sampleSha(2),
      repository: { id: 42, pushed_at: 1_772_366_400, default_branch: 'main' },
    });
    const headers = deliveryHeaders({ event: 'push', body, secret });
    expect((await receive({ method: 'POST', path: `/${hookKey}`, headers, body: Buffer.from(body) })).status).toBe(202);
    const [message] = plane.bus.splice(0);
    if (message === undefined) throw new Error('nothing was published');
    await plane.handle(message);

    const calls = depth.calls.slice(before);
    const [first] = calls;
    const job = calls.find(({ name }) => name === 'kubernetes.createJob');
    const sequence = (job?.place ?? Number.POSITIVE_INFINITY) - (first?.place ?? 0) + 1;
    expect(sequence, calls.map(({ name, place }) => `${place} ${name}`).join('\n')).toBeLessThanOrEqual(6);
    expect(sequence).toBeGreaterThan(3);
  });
});
