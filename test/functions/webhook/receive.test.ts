import { describe, expect, it } from 'vitest';
import { type Incoming, createReceiver } from '../../../functions/webhook/receive.ts';
import { systemRandom } from '../../../shared/clock.ts';
import { YbError } from '../../../shared/errors.ts';
import type { Message } from '../../../shared/messages/messages.ts';
import { parseKeyRing, seal } from '../../../shared/secrets.ts';
import { type Hook, hookPath, rotated } from '../../../shared/store/hooks.ts';
import { deliveryHeaders } from '../../support/deliveries.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { noon, sampleSha } from '../../support/sample-run.ts';

const hookKey = 'ab'.repeat(16);
const secret = 'the secret of this repository';
const keys = parseKeyRing(`k1:${Buffer.alloc(32, 7).toString('base64')}`, 'keys');
const sealed = (plain: string) => ({
  id: plain,
  sealed: seal({ ring: keys, place: hookPath(hookKey), plain, random: systemRandom }),
});
const pushBody = JSON.stringify({
  ref: 'refs/heads/main',
  before: sampleSha(1),
  after: sampleSha(2),
  repository: { id: 42, pushed_at: 1_772_366_400, default_branch: 'main' },
});

function setUp(options: { readonly publish?: () => Promise<void> } = {}) {
  const clock = createManualClock();
  const lines = createLogLines();
  const published: Message[] = [];
  const store: { hook: Hook; fails: boolean; reads: number; seen: Date[] } = {
    hook: {
      repoId: '42',
      secrets: [{ ...sealed(secret), createdAt: noon, retiresAt: null }],
      lastPingAt: null,
      createdAt: noon,
    },
    fails: false,
    reads: 0,
    seen: [],
  };
  const receive = createReceiver({
    hooks: {
      read: async (key) => {
        store.reads += 1;
        await Promise.resolve();
        if (store.fails) throw new YbError('store-unavailable', 'down');
        return key === hookKey ? store.hook : null;
      },
      markSeen: async (_key, at) => {
        store.seen.push(at);
        await Promise.resolve();
      },
    },
    keys,
    publisher: {
      publish: async (message) => {
        await options.publish?.();
        published.push(message);
      },
      deadLetter: () => Promise.reject(new Error('not for a webhook')),
    },
    clock,
    log: lines.log,
  });
  const deliver = async (changes: Partial<Incoming> & { readonly secret?: string; readonly event?: string } = {}) => {
    const body = changes.body ?? Buffer.from(pushBody);
    const headers =
      changes.headers ?? deliveryHeaders({ event: changes.event ?? 'push', body, secret: changes.secret ?? secret });
    return await receive({ method: changes.method ?? 'POST', path: changes.path ?? `/${hookKey}`, headers, body });
  };
  return { deliver, published, store, clock, lines };
}

const signed = (body: string) => deliveryHeaders({ event: 'push', body, secret });
const without = (name: string) => Object.fromEntries(Object.entries(signed(pushBody)).filter(([key]) => key !== name));

describe('the webhook', () => {
  it('accepts a push once Pub/Sub has its message', async () => {
    const { deliver, published } = setUp();
    const answer = await deliver();
    expect(answer.status).toBe(202);
    expect(published).toEqual([expect.objectContaining({ type: 'run.requested', repoId: '42', sha: sampleSha(2) })]);
    expect(answer.body).toEqual({ run: expect.stringMatching(/^[a-z2-7]{26}$/) });
  });

  it('tells the same run of one delivery sent fifty times', async () => {
    const { deliver, published } = setUp();
    const answers = await Promise.all(Array.from({ length: 50 }, async () => await deliver()));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(new Set(published.map((message) => JSON.stringify({ ...message, requestedAt: null }))).size).toBe(1);
  });

  it.each([
    ['another method', { method: 'GET' }, 405],
    ['no signature', { headers: without('x-hub-signature-256') }, 401],
    ['a SHA-1 signature alone', { headers: without('x-hub-signature-256') }, 401],
    ['a wrong secret', { secret: 'a guess' }, 401],
    ['an unknown hook', { path: `/${'cd'.repeat(16)}` }, 401],
    ['a hook that is none', { path: '/../../etc/passwd' }, 401],
    ['no hook', { path: '/' }, 401],
    ['a signature over other bytes', { body: Buffer.from(`${pushBody} `), headers: signed(pushBody) }, 401],
    [
      'a signature with something behind it',
      { headers: { ...signed(pushBody), 'x-hub-signature-256': `${signed(pushBody)['x-hub-signature-256'] ?? ''}00` } },
      401,
    ],
    ['malformed JSON, signed', { body: Buffer.from('{"a":'), headers: signed('{"a":') }, 400],
    ['malformed JSON, unsigned', { body: Buffer.from('{"a":'), headers: { 'content-type': 'application/json' } }, 400],
    ['an empty body', { body: new Uint8Array(), headers: signed('') }, 400],
    ['a form', { headers: { ...signed(pushBody), 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['a compressed body', { headers: { ...signed(pushBody), 'x-yb-sent-content-encoding': 'gzip' } }, 415],
    ['no event', { headers: without('x-github-event') }, 400],
    ['a push of another repository', { body: Buffer.from(pushBody.replace('"id":42', '"id":43')) }, 422],
    ['more than 25 MB', { body: Buffer.alloc(25 * 1024 * 1024 + 1, 0x20) }, 413],
  ])('answers %s with the right code and publishes nothing', async (_case, changes, status) => {
    const { deliver, published, lines } = setUp();
    const answer = await deliver(changes);
    expect(answer.status).toBe(status);
    expect(published).toEqual([]);
    expect(lines.lines()).toEqual([expect.objectContaining({ op: 'receive', ok: false, severity: 'WARNING' })]);
    if (status === 405) expect(answer.headers).toEqual({ allow: 'POST' });
  });

  it('accepts 24 MB', async () => {
    const { deliver } = setUp();
    const body = Buffer.from(
      `${pushBody.slice(0, -1)},"commits":["${'x'.repeat(24 * 1024 * 1024 - pushBody.length - 15)}"]}`,
    );
    expect(body.length).toBeGreaterThan(24 * 1000 * 1000);
    expect((await deliver({ body })).status).toBe(202);
  });

  it('answers an unknown hook and a wrong signature with the same bytes', async () => {
    const { deliver } = setUp();
    const answers = [
      await deliver({ path: `/${'cd'.repeat(16)}` }),
      await deliver({ secret: 'a guess' }),
      await deliver({ headers: without('x-hub-signature-256') }),
      await deliver({ path: '/nothing' }),
    ];
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('writes neither secret nor body nor hook key into its log', async () => {
    const { deliver, lines } = setUp();
    const body = Buffer.from('{"ref":"a-word-of-the-body"}');
    await deliver();
    await deliver({ secret: 'a guess', body });
    await deliver({ body: Buffer.from('{"a-word-of-the-body') });
    await deliver({ event: 'push', body });
    expect(lines.lines()).toHaveLength(4);
    for (const word of [secret, 'a guess', 'a-word-of-the-body', hookKey, 'sha256='])
      expect(lines.text()).not.toContain(word);
  });

  it('answers a ping and marks the hook as seen', async () => {
    const { deliver, store, published } = setUp();
    expect(await deliver({ event: 'ping', body: Buffer.from('{"zen":"Keep it logically awesome."}') })).toMatchObject({
      status: 200,
    });
    expect(store.seen).toEqual([noon]);
    expect(published).toEqual([]);
  });

  it('answers 503 when Pub/Sub does not take the message, and takes the redelivery', async () => {
    const down = { is: true };
    const { deliver, published } = setUp({
      publish: async () => {
        await Promise.resolve();
        if (down.is) throw new YbError('publish-failed', 'Pub/Sub cannot be reached');
      },
    });
    expect(await deliver()).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
    down.is = false;
    expect((await deliver()).status).toBe(202);
    expect(published).toHaveLength(1);
  });
});

describe('secrets of a hook', () => {
  it('are read at most once a minute while they fit', async () => {
    const { deliver, store, clock } = setUp();
    await Promise.all(Array.from({ length: 20 }, async () => await deliver()));
    clock.advance(59_000);
    await deliver();
    expect(store.reads).toBe(1);
    clock.advance(2000);
    await deliver();
    expect(store.reads).toBe(2);
  });

  it('that could not be loaded are loaded again at the next delivery', async () => {
    const { deliver, store } = setUp();
    store.fails = true;
    expect((await deliver()).status).toBe(503);
    store.fails = false;
    expect((await deliver()).status).toBe(202);
  });

  it('rotate without a deploy: both good inside the window, the old one refused after it', async () => {
    const { deliver, store, clock } = setUp();
    expect((await deliver()).status).toBe(202);
    clock.advance(5000);
    const added = { ...sealed('the new secret'), createdAt: clock.now(), retiresAt: null };
    store.hook = { ...store.hook, secrets: rotated(store.hook.secrets, added, 3_600_000) };
    // At once, although the old secrets were read a moment ago.
    expect((await deliver({ secret: 'the new secret' })).status).toBe(202);
    expect((await deliver()).status).toBe(202);
    clock.advance(3_600_001);
    expect((await deliver()).status).toBe(401);
    expect((await deliver({ secret: 'the new secret' })).status).toBe(202);
  });

  it('are not read again and again for wrong signatures', async () => {
    const { deliver, store } = setUp();
    for (let guess = 0; guess < 20; guess += 1) expect((await deliver({ secret: `guess ${guess}` })).status).toBe(401);
    expect(store.reads).toBeLessThanOrEqual(2);
  });
});
