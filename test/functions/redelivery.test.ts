import { describe, expect, it } from 'vitest';
import { YbError } from '../../shared/errors.ts';
import type { HookDelivery } from '../../shared/outside/github.ts';
import { HookCheck, newHookCheck, readHookCheck } from '../../shared/store/hook-checks.ts';
import { markStopped } from '../../shared/store/stopping.ts';
import { readRepository } from '../../shared/store/repositories.ts';
import { registerSample } from '../support/sample-repository.ts';
import { noon } from '../support/sample-run.ts';
import { createInstallation, type InstallationOptions } from '../world/installation.ts';
import type { MemoryDocuments } from '../world/documents.ts';

const minute = 60_000;
const hookKey = 'ab'.repeat(16);

async function setUp(options: Partial<InstallationOptions<MemoryDocuments>> = {}) {
  const here = createInstallation(options);
  await registerSample(here, { id: '42', volumes: 1, hookKey });
  await here.documents.commit([newHookCheck('42', noon)]);
  here.github.delivered.set(hookKey, []);
  const fail = (id: number, statusCode = 503): HookDelivery => {
    const deliveredAt = here.clock.now();
    const delivery = { hookId: '1', id: String(id), guid: `guid-${id}`, statusCode, deliveredAt };
    here.github.delivered.get(hookKey)?.push(delivery);
    return delivery;
  };
  return {
    ...here,
    fail,
    async tick(minutes: number) {
      here.clock.advance(minutes * minute);
      await here.handle({ v: 1, type: 'tick' });
      await here.drain();
    },
    check: async () => (await readHookCheck(here.documents, '42'))?.value ?? null,
  };
}

describe('deliveries that failed', () => {
  it('are made again, each once at a look, until they come through', async () => {
    const { fail, tick, github, check } = await setUp();
    for (let id = 1; id <= 20; id += 1) fail(id);
    await tick(2);
    expect(github.redelivered).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)));
    expect(await check()).toMatchObject({ redelivered: 20, problem: null });
    // They came through.
    const all = github.delivered.get(hookKey) ?? [];
    github.delivered.set(hookKey, [...all, ...all.map((one) => ({ ...one, statusCode: 202 }))]);
    await tick(4);
    expect(github.redelivered).toHaveLength(20);
    expect(await check()).toMatchObject({ redelivered: 0, lastDeliveryAt: expect.any(Date) as Date });
  });

  it('are remembered when GitHub no longer tells of them, and older documents know of none', async () => {
    const { fail, tick, github, check } = await setUp();
    expect(HookCheck.parse({ ...(await check()), lastFailure: undefined }).lastFailure).toBeNull();
    const { deliveredAt: at } = fail(1, 502);
    await tick(2);
    expect(await check()).toMatchObject({ lastFailure: { at, statusCode: 502 } });
    github.delivered.set(hookKey, []);
    await tick(40);
    expect(await check()).toMatchObject({ lastFailure: { at, statusCode: 502 }, redelivered: 0 });
  });

  it('are looked for by the next tick where an administrator asks for that, and by no other', async () => {
    const { functions, github, tick, check, fail, clock } = await setUp({
      repositories: [
        { id: '42', fullName: 'demo/hello', private: true, roles: { admin: 'admin', writer: 'writer' }, branches: [] },
      ],
    });
    await tick(1);
    fail(1);
    await tick(5);
    expect(github.redelivered).toEqual([]);
    const ask = async (login: string) =>
      await functions.dashboard.request('/api/v1/repos/demo/hello/hook/redeliver', {
        method: 'POST',
        headers: { authorization: `Bearer ${login}` },
      });
    expect((await ask('writer')).status).toBe(404);
    expect((await check())?.dueAt.getTime()).toBeGreaterThan(clock.now().getTime());
    for (let click = 0; click < 3; click += 1) expect((await ask('admin')).status).toBe(202);
    await tick(1);
    expect(github.redelivered).toEqual(['1']);
    expect(await check()).toMatchObject({ redelivered: 1, checkedAt: clock.now() });
  });

  it('are looked for every half hour, at no more hooks at once than a tick has time for', async () => {
    const { tick, github, documents } = await setUp();
    for (let id = 100; id < 107; id += 1) {
      await registerSample({ documents, keys: (await setUp()).keys }, { id: String(id), volumes: 1, hookKey: `${id}` });
      await documents.commit([newHookCheck(String(id), noon)]);
    }
    const asked = () => github.asked.filter((question) => question.startsWith('deliveries')).length;
    await tick(1);
    const first = asked();
    await tick(1);
    expect(first).toBeLessThanOrEqual(5);
    await tick(20);
    const all = asked();
    await tick(5);
    expect(asked()).toBe(all);
  });

  it.each([
    [
      new YbError('github-unauthorized', 'the credential lacks a right at GitHub'),
      'the credential lacks a right at GitHub',
    ],
    [new YbError('github-unavailable', 'GitHub cannot be reached'), 'GitHub cannot be reached'],
  ])('that GitHub does not show are said to the owner: %s', async (refusal, problem) => {
    const deliveries = async (): Promise<never> => {
      await Promise.resolve();
      throw refusal;
    };
    const { tick, check } = await setUp({ change: ({ github }) => ({ github: { ...github, deliveries } }) });
    await tick(1);
    expect(await check()).toMatchObject({ problem, dueAt: new Date(noon.getTime() + 31 * minute) });
  });

  it('say so where GitHub has no such hook, and are nothing of a repository that was taken out', async () => {
    const { tick, check, github, documents, clock } = await setUp();
    github.delivered.clear();
    await tick(1);
    expect(await check()).toMatchObject({ problem: 'GitHub has no hook of this repository that leads here' });
    const repository = await readRepository(documents, '42');
    if (repository === null) throw new Error('it is there');
    await markStopped({ documents, clock }, repository, { by: 'mira', why: 'unregistered' });
    await tick(40);
    expect(await check()).toBeNull();
  });
});
