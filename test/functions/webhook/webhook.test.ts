// Over 300 lines because every delivery goes through the same webhook, whose surroundings take seventy of them.
import { createInstallation } from '../../world/installation.ts';
import fc from 'fast-check';
import { sign } from '@octokit/webhooks-methods';
import { describe, expect, it } from 'vitest';
import type { Incoming } from '../../../functions/webhook/webhook.ts';
import { YbError } from '../../../shared/errors.ts';
import { type Hook, hookPath, hookSecretPlace, rotated } from '../../../shared/store/hooks.ts';
import { deliveryHeaders } from '../../support/deliveries.ts';
import { noon, sampleSha } from '../../support/sample-run.ts';

const hookKey = 'ab'.repeat(16);
const secret = 'the secret of this repository';
const pushBody = JSON.stringify({
  ref: 'refs/heads/main',
  before: sampleSha(1),
  after: sampleSha(2),
  repository: { id: 42, pushed_at: 1_772_366_400, default_branch: 'main' },
});

async function setUp(options: { readonly publish?: () => Promise<void> } = {}) {
  const store: { hook: Hook; fails: boolean; refuses: boolean; reads: number; seen: unknown[] } = {
    hook: { repoId: '42', secrets: [], lastPingAt: null, createdAt: noon },
    fails: false,
    refuses: false,
    reads: 0,
    seen: [],
  };
  const here = createInstallation({
    change: ({ publisher }) => ({
      hooks: {
        get: async (key) => {
          store.reads += 1;
          await Promise.resolve();
          if (store.fails) throw new YbError('store-unavailable', 'down');
          return key === hookKey ? { ...store.hook } : null;
        },
        update: async (_key, fields) => {
          await Promise.resolve();
          if (store.refuses) throw new YbError('store-unavailable', 'down');
          if (fields['lastPingAt'] !== undefined) store.seen.push(fields['lastPingAt']);
          store.hook = { ...store.hook, ...fields };
        },
      },
      publisher: {
        publish: async (topic, message) => {
          await options.publish?.();
          await publisher.publish(topic, message);
        },
      },
    }),
  });
  const { clock, lines, publisher } = here;
  const sealed = async (plain: string) => ({
    id: plain,
    fingerprint: null,
    sealed: await here.keys.hooks.seal(hookSecretPlace(hookKey, plain), plain),
  });
  store.hook = { ...store.hook, secrets: [{ ...(await sealed(secret)), createdAt: noon, retiresAt: null }] };
  const receive = here.functions.webhook;
  const published = publisher.waiting;
  const messages = () => published.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  const deliver = async (changes: Partial<Incoming> & { readonly secret?: string; readonly event?: string } = {}) => {
    const body = changes.body ?? Buffer.from(pushBody);
    const signable = body instanceof Error ? '' : body;
    const headers =
      changes.headers ??
      deliveryHeaders({ event: changes.event ?? 'push', body: signable, secret: changes.secret ?? secret });
    return await receive({ method: changes.method ?? 'POST', path: changes.path ?? `/${hookKey}`, headers, body });
  };
  return { deliver, published, messages, store, clock, lines, sealed };
}

const signed = (body: string) => deliveryHeaders({ event: 'push', body, secret });
const without = (name: string) => Object.fromEntries(Object.entries(signed(pushBody)).filter(([key]) => key !== name));

describe('the webhook', () => {
  it('accepts a push once Pub/Sub has its message', async () => {
    const { deliver, messages } = await setUp();
    const answer = await deliver();
    expect(answer.status).toBe(202);
    expect(messages()).toEqual([expect.objectContaining({ type: 'run.requested', repoId: '42', sha: sampleSha(2) })]);
    expect(answer.body).toEqual({ run: expect.stringMatching(/^[a-z2-7]{26}$/) });
  });

  it.each([
    ['text', pushBody],
    ['characters of four bytes', pushBody.replace('refs/heads/main', 'refs/heads/𝒳')],
  ])('takes what the reference library signs: %s', async (_, body) => {
    const { deliver } = await setUp();
    const headers = { ...signed(body), 'x-hub-signature-256': await sign(secret, body) };
    expect((await deliver({ body: Buffer.from(body), headers })).status).toBe(202);
  });

  it('takes a body that is not UTF-8 by its bytes, which nobody has read before', async () => {
    const { deliver, messages } = await setUp();
    const body = Buffer.concat([
      Buffer.from(`${pushBody.slice(0, -1)},"filler":"`),
      Buffer.from([0xff, 0xfe, 0x80]),
      Buffer.from('"}'),
    ]);
    expect((await deliver({ body })).status).toBe(202);
    expect(messages()).toHaveLength(1);
  });

  it('tells the same run of one delivery sent fifty times', async () => {
    const { deliver, messages } = await setUp();
    const answers = await Promise.all(Array.from({ length: 50 }, async () => await deliver()));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(new Set(messages().map((message) => JSON.stringify({ ...message, requestedAt: null }))).size).toBe(1);
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
    ['malformed JSON, unsigned', { body: Buffer.from('{"a":'), headers: { 'content-type': 'application/json' } }, 401],
    ['an empty body', { body: new Uint8Array(), headers: signed('') }, 400],
    ['a form', { headers: { ...signed(pushBody), 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['a compressed body', { headers: { ...signed(pushBody), 'content-encoding': 'gzip' } }, 415],
    ['no event', { headers: without('x-github-event') }, 400],
    ['a push of another repository', { body: Buffer.from(pushBody.replace('"id":42', '"id":43')) }, 422],
    ['more than 25 MB', { body: new YbError('payload-too-large', 'more'), headers: signed('') }, 413],
  ])('answers %s with the right code and publishes nothing', async (_case, changes, status) => {
    const { deliver, published, lines } = await setUp();
    const answer = await deliver(changes);
    expect(answer.status).toBe(status);
    expect(published).toEqual([]);
    expect(lines.lines()).toEqual([expect.objectContaining({ op: 'receive', ok: false, severity: 'WARNING' })]);
    if (status === 405) expect(answer.headers).toEqual({ allow: 'POST' });
  });

  it('never accepts what its reader would refuse: each push that gets 202 makes a message that is read', async () => {
    const { functions, keys, hookDocuments, publisher, deliver } = createInstallation();
    const sealed = await keys.hooks.seal(hookSecretPlace(hookKey, 's'), secret);
    const secrets = [{ id: 's', sealed, createdAt: noon, retiresAt: null }];
    const fields = { repoId: '42', secrets, lastPingAt: null, createdAt: noon };
    await hookDocuments.commit([{ type: 'create', path: hookPath(hookKey), fields }]);
    const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
    const pushes = fc.record({
      ref: fc.oneof(
        text(1100),
        text(1100).map((name) => `refs/heads/${name}`),
        text(30).map((name) => `refs/heads/${name}`),
      ),
      before: fc.constantFrom(sampleSha(1), sampleSha(1), '0'.repeat(40), 'main'),
      after: fc.constantFrom(sampleSha(2), sampleSha(3), 'f'.repeat(64), 'f'.repeat(41)),
      deleted: fc.constantFrom(false, false, false, true),
      repository: fc.record({
        id: fc.constantFrom(42, 42, 42, 42, 43, 0),
        pushed_at: fc.oneof(fc.integer({ max: 1e11 }), fc.constantFrom('2026-03-01T12:00:00+02:00', 'never', null)),
        default_branch: fc.option(text(1100)),
      }),
      sender: fc.option(fc.record({ login: text(300) })),
      head_commit: fc.option(
        fc.record({ message: text(500), timestamp: text(40), author: fc.option(fc.record({ name: text(300) })) }),
      ),
    });
    const counts = { accepted: 0 };
    await fc.assert(
      fc.asyncProperty(pushes, fc.stringMatching(/^[ -~]{0,400}$/), async (push, delivery) => {
        const body = Buffer.from(JSON.stringify(push));
        const headers = deliveryHeaders({ event: 'push', body, secret, delivery });
        const answer = await functions.webhook({ method: 'POST', path: `/${hookKey}`, headers, body });
        const said = publisher.waiting.splice(0);
        expect(said).toHaveLength(answer.status === 202 ? 1 : 0);
        expect([200, 202, 422]).toContain(answer.status);
        // The repository is not registered: acknowledged, and nothing is put aside.
        for (const message of said) await deliver(message);
        expect(publisher.waiting).toEqual([]);
        counts.accepted += said.length;
      }),
      { numRuns: 300 },
    );
    expect(counts.accepted).toBeGreaterThan(10);
  });

  it.each([
    ['millions of lists', `[${'[],'.repeat(7_900_000)}[]]`],
    ['lists in lists', `${'['.repeat(300_000)}${']'.repeat(300_000)}`],
  ])('refuses %s before they are parsed, though they are signed', async (_, text) => {
    const { deliver, messages } = await setUp();
    expect(await deliver({ body: Buffer.from(text) })).toMatchObject({ status: 400, body: { error: 'bad-request' } });
    expect(messages()).toEqual([]);
  });

  it('accepts 24 MB', async () => {
    const { deliver } = await setUp();
    const body = Buffer.from(
      `${pushBody.slice(0, -1)},"commits":["${'x'.repeat(24 * 1024 * 1024 - pushBody.length - 15)}"]}`,
    );
    expect(body.length).toBeGreaterThan(24 * 1000 * 1000);
    expect((await deliver({ body })).status).toBe(202);
  });

  it('answers an unknown hook and a wrong signature with the same bytes', async () => {
    const { deliver } = await setUp();
    const answers = [
      await deliver({ path: `/${'cd'.repeat(16)}` }),
      await deliver({ secret: 'a guess' }),
      await deliver({ headers: without('x-hub-signature-256') }),
      await deliver({ path: '/nothing' }),
    ];
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('writes neither secret nor body nor hook key into its log', async () => {
    const { deliver, lines } = await setUp();
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
    const { deliver, store, published } = await setUp();
    expect(await deliver({ event: 'ping', body: Buffer.from('{"zen":"Keep it logically awesome."}') })).toMatchObject({
      status: 200,
    });
    expect(store.seen).toEqual([noon]);
    expect(published).toEqual([]);
  });

  it('answers 503 when Pub/Sub does not take the message, and takes the redelivery', async () => {
    const down = { is: true };
    const { deliver, published } = await setUp({
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
    const { deliver, store, clock } = await setUp();
    await Promise.all(Array.from({ length: 20 }, async () => await deliver()));
    clock.advance(59_000);
    await deliver();
    expect(store.reads).toBe(1);
    clock.advance(2000);
    await deliver();
    expect(store.reads).toBe(2);
  });

  it('that could not be loaded are loaded again at the next delivery', async () => {
    const { deliver, store } = await setUp();
    store.fails = true;
    expect((await deliver()).status).toBe(503);
    store.fails = false;
    expect((await deliver()).status).toBe(202);
  });

  it('rotate without a deploy: both good inside the window, the old one refused after it', async () => {
    const { deliver, store, clock, sealed } = await setUp();
    expect((await deliver()).status).toBe(202);
    clock.advance(5000);
    const added = { ...(await sealed('the new secret')), createdAt: clock.now(), retiresAt: null };
    store.hook = { ...store.hook, secrets: rotated(store.hook, added, 3_600_000) };
    // At once, although the old secrets were read a moment ago.
    expect((await deliver({ secret: 'the new secret' })).status).toBe(202);
    expect((await deliver()).status).toBe(202);
    clock.advance(3_600_001);
    expect((await deliver()).status).toBe(401);
    expect((await deliver({ secret: 'the new secret' })).status).toBe(202);
  });

  it('stay good until GitHub is seen to use a newer one, and no delivery fails for writing that down', async () => {
    const { deliver, store, clock, sealed } = await setUp();
    clock.advance(5000);
    const added = { ...(await sealed('the new secret')), createdAt: clock.now(), retiresAt: null };
    store.hook = { ...store.hook, newestSeenAt: null, secrets: rotated(store.hook, added, 3_600_000) };
    // Whoever gave it to us never came to give it to GitHub.
    clock.advance(10 * 3_600_000);
    expect((await deliver()).status).toBe(202);
    store.refuses = true;
    expect((await deliver({ secret: 'the new secret' })).status).toBe(202);
    expect((await deliver()).status).toBe(202);
    store.refuses = false;
    expect((await deliver({ secret: 'the new secret' })).status).toBe(202);
    expect(store.hook.newestSeenAt).toEqual(clock.now());
    expect((await deliver()).status).toBe(401);
    const { hook } = store;
    clock.advance(1_000);
    expect((await deliver({ secret: 'the new secret' })).status).toBe(202);
    expect(store.hook).toBe(hook);
  });

  it('are not read again and again for wrong signatures', async () => {
    const { deliver, store } = await setUp();
    for (let guess = 0; guess < 20; guess += 1) expect((await deliver({ secret: `guess ${guess}` })).status).toBe(401);
    expect(store.reads).toBeLessThanOrEqual(2);
  });
});
