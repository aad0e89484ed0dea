import { describe, expect, it } from 'vitest';
import { YbError } from '../../shared/errors.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { samplePush } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';

const minute = 60_000;
const push = samplePush();
const source = { CloudPubSubDeadLetterSourceSubscription: 'pushes-scheduler' };

async function setUp() {
  const plane = createControlPlane({ documents: createMemoryDocuments() });
  await plane.register('42', 1);
  return {
    ...plane,
    kept: () => [...plane.documents.all()].filter(([path]) => path.startsWith('aside/')),
  };
}

describe('what was put aside', () => {
  it('is told once more an hour later, and runs once', async () => {
    const plane = await setUp();
    plane.deadLetters.put({ id: 'm1', text: JSON.stringify(push), attributes: source });
    await plane.ticks();
    await expect(plane.run(push.runId)).rejects.toThrow('no run');
    plane.clock.advance(60 * minute);
    await plane.ticks();
    expect(await plane.run(push.runId)).toMatchObject({ state: 'starting', sha: push.sha });
    expect(plane.deadLetters.lying).toEqual([]);
    await plane.ticks(3);
    expect([...plane.cluster.jobs.keys()]).toHaveLength(1);
  });

  it('is written down for people once nobody can handle it, with its reason and a line of the log', async () => {
    const plane = await setUp();
    const attributes = { ...source, replays: '3' };
    plane.deadLetters.put({ id: 'm1', text: JSON.stringify(push), attributes });
    plane.deadLetters.put({
      id: 'm2',
      text: '{',
      attributes: { topic: 'orders', reason: 'malformed-message: no JSON' },
    });
    plane.clock.advance(60 * minute);
    await plane.ticks();
    expect(plane.deadLetters.lying).toEqual([]);
    expect(plane.kept().map(([path, { data }]) => [path, data])).toMatchObject([
      ['aside/m1', { topic: 'pushes', reason: 'it failed each time', replays: 3, text: JSON.stringify(push) }],
      ['aside/m2', { topic: 'orders', reason: 'malformed-message: no JSON', replays: 0, text: '{' }],
    ]);
    const errors = plane.lines.lines().filter(({ severity }) => severity === 'ERROR');
    expect(errors.map(({ dead_letter: id }) => id)).toEqual(['m1', 'm2']);
  });

  it('comes again where it could not be told, and keeps nothing else from being done', async () => {
    const plane = await setUp();
    plane.deadLetters.put({ id: 'm1', text: JSON.stringify(push), attributes: source });
    plane.clock.advance(60 * minute);
    const { publish } = plane.publisher;
    plane.publisher.publish = async () => await Promise.reject(new YbError('publish-failed', 'down'));
    await plane.ticks();
    expect(plane.deadLetters.lying).toHaveLength(1);
    plane.publisher.publish = publish;
    plane.deadLetters.acknowledge = async () => await Promise.reject(new YbError('publish-failed', 'down'));
    // Told and not acknowledged: it is told again, and meets the same run.
    await plane.ticks(2);
    expect([...plane.cluster.jobs.keys()]).toHaveLength(1);
  });
});
