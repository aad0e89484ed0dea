import examples from '@octokit/webhooks-examples' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { askedOf } from '../../../functions/webhook/delivery.ts';
import { deliveryHeaders } from '../../support/deliveries.ts';
import { noon } from '../../support/sample-run.ts';
import { createInstallation } from '../../world/installation.ts';

const hookKey = 'c0'.repeat(16);
const secret = 'the secret of the App';
const List = z.array(z.object({ name: z.string(), examples: z.array(z.unknown()) }));

/** GitHub's own examples of an event. */
function examplesOf(event: string): unknown[] {
  return List.parse(examples).find(({ name }) => name === event)?.examples ?? [];
}

const ofApp = (event: string, payload: unknown) =>
  askedOf({ event, id: 'd1', payload, repoId: null, receivedAt: noon });

describe('the hook of the GitHub App', () => {
  const variables = { YB_GITHUB_APP_HOOK_KEY: hookKey, YB_GITHUB_APP_HOOK_SECRET: secret };

  async function deliver(event: string, payload: object, with_: string = secret, key = hookKey) {
    const { functions, publisher, documents } = createInstallation({ variables });
    const body = JSON.stringify(payload);
    const headers = deliveryHeaders({ event, body, secret: with_ });
    const answer = await functions.webhook({ method: 'POST', path: `/${key}`, headers, body: Buffer.from(body) });
    const messages = publisher.waiting.map(({ topic, text }) => ({ topic, ...(JSON.parse(text) as object) }));
    return { status: answer.status, messages, documents };
  }

  it('has somebody look at each repository from which the App was taken off', async () => {
    const payload = { action: 'deleted', installation: { id: 1 }, repositories: [{ id: 42 }, { id: 43 }] };
    const { status, messages } = await deliver('installation', payload);
    expect(status).toBe(200);
    expect(messages).toEqual([
      { topic: 'pushes', v: 1, type: 'repository.changed', repoId: '42', told: 'host' },
      { topic: 'pushes', v: 1, type: 'repository.changed', repoId: '43', told: 'host' },
    ]);
  });

  it('is believed with its own secret alone', async () => {
    const payload = { action: 'deleted', repositories: [{ id: 42 }] };
    expect(await deliver('installation', payload, 'another secret')).toMatchObject({ status: 401, messages: [] });
    expect(await deliver('installation', payload, secret, 'd0'.repeat(16))).toMatchObject({
      status: 401,
      messages: [],
    });
  });

  it('answers its ping, and starts no run: pushes are told by each repository’s own', async () => {
    expect(await deliver('ping', { zen: 'x' })).toMatchObject({ status: 200, messages: [] });
    const push = { ref: 'refs/heads/main', after: 'a'.repeat(40), repository: { id: 42 } };
    expect(await deliver('push', push)).toMatchObject({ status: 200, messages: [] });
  });

  it.each(['installation', 'installation_repositories', 'repository'])(
    'takes every published example of %s',
    (event) => {
      const published = examplesOf(event);
      expect(published.length).toBeGreaterThan(0);
      for (const payload of published) expect(['look', 'nothing']).toContain(ofApp(event, payload).type);
    },
  );

  it.each([
    ['renamed', 'look'],
    ['transferred', 'look'],
    ['archived', 'look'],
    ['deleted', 'look'],
    ['publicized', 'look'],
    ['created', 'nothing'],
  ])('takes a repository that was %s as %s', (action, type) => {
    expect(ofApp('repository', { action, repository: { id: 42 } }).type).toBe(type);
  });

  it('asks for no more looks than it may', () => {
    const repositories = Array.from({ length: 5000 }, (_, index) => ({ id: index + 1 }));
    const asked = ofApp('installation', { action: 'deleted', repositories });
    expect(asked.type === 'look' ? asked.repoIds.length : 0).toBe(1000);
  });
});

describe('the hook of a repository', () => {
  it('tells of its own repository alone', () => {
    const ask = (id: number) =>
      askedOf({
        event: 'repository',
        id: 'd1',
        payload: { action: 'renamed', repository: { id } },
        repoId: '42',
        receivedAt: noon,
      });
    expect(ask(42)).toEqual({ type: 'look', repoIds: ['42'] });
    expect(() => ask(43)).toThrow('another repository');
  });
});
