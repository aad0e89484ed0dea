import { verify } from '@octokit/webhooks-methods';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createManualClock } from '../../world/clock.ts';
import { type Api, addHook, cloneNew, commit, eventually, git, startForTest, startReceiver } from './github-rig.ts';

const Item = z.object({
  id: z.int(),
  guid: z.string(),
  event: z.string(),
  status: z.string(),
  status_code: z.int(),
  redelivery: z.boolean(),
});

async function deliveries(api: Api, path: string): Promise<z.output<typeof Item>[]> {
  return z.array(Item).parse((await api('GET', `${path}/deliveries`)).body);
}

/** Waits until so many deliveries are recorded; newest first. */
async function recorded(api: Api, path: string, count: number): Promise<z.output<typeof Item>[]> {
  return await eventually(async () => {
    const all = await deliveries(api, path);
    expect(all).toHaveLength(count);
    return all;
  });
}

describe('webhook deliveries', () => {
  it('are signed over exactly what is sent, and say where they come from', async () => {
    const github = await startForTest();
    const receiver = await startReceiver();
    const { folder, fullName } = await cloneNew(github);
    const hook = await addHook(github.api, fullName, { url: receiver.url, secret: 'a very secret secret' });
    await commit(folder, 'Grüße 🎉 \u2028');
    await git(folder, 'push', '--quiet', 'origin', 'main');
    await receiver.payloads('push', 1);

    const push = receiver.received.find(({ headers }) => headers['x-github-event'] === 'push');
    const text = push?.text ?? '';
    expect(await verify('a very secret secret', text, String(push?.headers['x-hub-signature-256']))).toBe(true);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    const repository = z.object({ repository: z.object({ id: z.int() }) }).parse(JSON.parse(text)).repository;
    expect(push?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
      'x-github-delivery': expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      'x-github-hook-id': String(hook),
      'x-github-hook-installation-target-id': String(repository.id),
      'x-github-hook-installation-target-type': 'repository',
      'x-hub-signature': expect.stringMatching(/^sha1=[0-9a-f]{40}$/),
    });
  });

  it('come as a form where the hook asks for one, unsigned where it has no secret', async () => {
    const github = await startForTest();
    const receiver = await startReceiver();
    const { fullName } = await cloneNew(github);
    await addHook(github.api, fullName, { url: receiver.url, type: 'form' });
    await eventually(() => {
      expect(receiver.received).toHaveLength(1);
    });

    const [ping] = receiver.received;
    expect(ping?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(ping?.headers['x-hub-signature-256']).toBeUndefined();
    expect(JSON.parse(new URLSearchParams(ping?.text).get('payload') ?? '')).toMatchObject({
      zen: expect.any(String),
      hook: { events: ['push'] },
      repository: { full_name: fullName },
      sender: { login: 'demo' },
    });
  });

  it.each([
    { what: 'an error', answer: { status: 503, body: 'no' }, status: 'Invalid HTTP Response: 503', code: 503 },
    {
      what: 'a redirect, which is not followed',
      answer: { status: 302, headers: { Location: '/elsewhere' } },
      status: 'Invalid HTTP Response: 302',
      code: 302,
    },
    { what: 'no answer in time', answer: 'hang' as const, status: 'timed out', code: 0 },
    { what: 'success', answer: { status: 202, body: 'thanks' }, status: 'OK', code: 202 },
  ])('record $what, after one attempt', async ({ answer, status, code }) => {
    // Only the receiver that never answers is to run into the limit.
    const github = await startForTest(answer === 'hang' ? { deliveryLimitMs: 200 } : {});
    const receiver = await startReceiver(() => answer);
    const { fullName } = await cloneNew(github);
    const hook = `/repos/${fullName}/hooks/${String(await addHook(github.api, fullName, { url: receiver.url }))}`;

    const [ping] = await recorded(github.api, hook, 1);

    expect(ping).toMatchObject({ event: 'ping', status, status_code: code, redelivery: false });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook']);
    expect((await github.api('GET', hook)).body).toMatchObject({ last_response: { message: status } });
    const whole = (await github.api('GET', `${hook}/deliveries/${String(ping?.id)}`)).body;
    expect(whole).toMatchObject({
      url: receiver.url,
      request: { headers: { 'X-GitHub-Event': 'ping' }, payload: { zen: expect.any(String) } },
      response: { payload: answer === 'hang' ? null : (answer.body ?? '') },
    });
  });

  it('record a receiver that nobody reaches', async () => {
    const github = await startForTest();
    const { fullName } = await cloneNew(github);
    // The discard port, on which nothing listens.
    const hook = `/repos/${fullName}/hooks/${String(await addHook(github.api, fullName, { url: 'http://127.0.0.1:9/' }))}`;

    const [ping] = await recorded(github.api, hook, 1);

    expect(ping).toMatchObject({ status: 'failed to connect', status_code: 0 });
  });

  it('are sent again under the same GUID when somebody asks, to where the hook leads now', async () => {
    const github = await startForTest();
    const broken = await startReceiver(() => ({ status: 500 }));
    const { folder, fullName } = await cloneNew(github);
    const hook = `/repos/${fullName}/hooks/${String(await addHook(github.api, fullName, { url: broken.url }))}`;
    await commit(folder, 'Lost');
    await git(folder, 'push', '--quiet', 'origin', 'main');
    await broken.payloads('push', 1);
    const failed = (await recorded(github.api, hook, 2)).find(({ event }) => event === 'push');

    const healed = await startReceiver();
    await github.api('PATCH', `${hook}/config`, { body: { url: healed.url, secret: 'new' } });
    expect((await github.api('POST', `${hook}/deliveries/${String(failed?.id)}/attempts`)).status).toBe(202);
    await healed.payloads('push', 1);

    const [again] = await recorded(github.api, hook, 3);
    expect(again).toMatchObject({ guid: failed?.guid, redelivery: true, status: 'OK' });
    expect(again?.id).not.toBe(failed?.id);
    const [second] = healed.received;
    const first = broken.received.find(({ headers }) => headers['x-github-event'] === 'push');
    expect(second?.text).toBe(first?.text);
    expect(second?.headers['x-github-delivery']).toBe(failed?.guid);
    expect(await verify('new', second?.text ?? '', String(second?.headers['x-hub-signature-256']))).toBe(true);
  });

  it('are listed by pages, and by outcome', async () => {
    const github = await startForTest({ deliveriesKept: 4 });
    const receiver = await startReceiver(({ headers }) => ({
      status: headers['x-github-event'] === 'ping' ? 200 : 500,
    }));
    const { folder, fullName } = await cloneNew(github);
    const hook = `/repos/${fullName}/hooks/${String(await addHook(github.api, fullName, { url: receiver.url }))}`;
    await recorded(github.api, hook, 1);
    await commit(folder, 'Fails');
    await git(folder, 'push', '--quiet', 'origin', 'main');
    await recorded(github.api, hook, 2);
    for (const count of [3, 4]) {
      await github.api('POST', `${hook}/pings`);
      await recorded(github.api, hook, count);
    }
    const all = await deliveries(github.api, hook);

    const seen: number[] = [];
    let next: string | undefined = `${hook}/deliveries?per_page=3`;
    while (next !== undefined) {
      const page = await github.api('GET', next);
      seen.push(
        ...z
          .array(Item)
          .parse(page.body)
          .map(({ id }) => id),
      );
      next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(all.map(({ id }) => id));
    expect(seen).toEqual([...seen].sort((one, other) => other - one));
    const failures = await github.api('GET', `${hook}/deliveries?status=failure`);
    expect(failures.body).toEqual([expect.objectContaining({ event: 'push' })]);

    const newest = seen[0] ?? 0;
    await github.api('POST', `${hook}/pings`);
    await eventually(async () => {
      const kept = await deliveries(github.api, hook);
      expect(kept[0]?.id).toBeGreaterThan(newest);
      expect(kept.map(({ id }) => id)).toEqual([kept[0]?.id, ...seen.slice(0, 3)]);
    });
  });

  it('are forgotten after three days', async () => {
    const clock = createManualClock();
    const github = await startForTest({ clock });
    const receiver = await startReceiver();
    const { fullName } = await cloneNew(github);
    const hook = `/repos/${fullName}/hooks/${String(await addHook(github.api, fullName, { url: receiver.url }))}`;
    const [old] = await recorded(github.api, hook, 1);
    clock.advance(3 * 24 * 3600 * 1000 + 1000);

    await github.api('POST', `${hook}/pings`);

    await eventually(async () => {
      const [only, ...others] = await deliveries(github.api, hook);
      expect(only?.id).toBeGreaterThan(old?.id ?? 0);
      expect(others).toEqual([]);
    });
    expect((await github.api('GET', `${hook}/deliveries/${String(old?.id)}`)).status).toBe(404);
  });

  it('stop with the server, and say afterwards that they failed', async () => {
    const github = await startForTest();
    const receiver = await startReceiver(() => 'hang');
    const { fullName } = await cloneNew(github);
    const id = await addHook(github.api, fullName, { url: receiver.url });
    await eventually(() => {
      expect(receiver.received).toHaveLength(1);
    });

    await github.stop();

    const again = await startForTest({ stateDir: github.stateDir });
    const [ping] = await deliveries(again.api, `/repos/${fullName}/hooks/${String(id)}`);
    expect(ping).toMatchObject({ event: 'ping', status: 'failed to connect' });
  });
});
