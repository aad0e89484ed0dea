import { describe, expect, it } from 'vitest';
import type { Clock } from '../../shared/outside/clock.ts';
import { allFiles, type Hook, type Setting, startSetting } from './setup-rig.ts';

/** A repository that is set up already. */
async function startSetUp(): Promise<Setting & { hook: Hook }> {
  const setting = await startSetting({ files: allFiles });
  const { code, stderr } = await setting.yb(['setup-repo', setting.url, '--yes']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  setting.writes.length = 0;
  const [hook] = await setting.hooks();
  if (hook === undefined) throw new Error('there is no hook');
  return { ...setting, hook };
}

const patience = { timeout: 60_000 };
const hookPath = '/repos/demo/myproject/hooks';

describe('the hook of yb setup-repo', () => {
  it.each<{ fault: string; change: object; config?: object }>([
    { fault: 'is inactive', change: { active: false } },
    { fault: 'does not tell of pull_request', change: { events: ['push'] } },
    { fault: 'sends forms instead of JSON', change: {}, config: { content_type: 'form' } },
    { fault: 'does not check certificates', change: {}, config: { insecure_ssl: '1' } },
  ])('is repaired if it $fault', async ({ fault, change, config }) => {
    const { yb, url, hook, hooks, ask, server, writes } = await startSetUp();
    await ask('PATCH', `${hookPath}/${hook.id}`, { ...change, config: { ...hook.config, secret: 'old', ...config } });

    const { code, stdout } = await yb(['setup-repo', url], { input: 'Y\n' });

    expect(code).toBe(0);
    expect(stdout).toContain(`Checking CI hook... stale (it ${fault}).

  Would you like to repair it, with a fresh secret? (Y/n): Y

  Waiting for GitHub's ping... arrived.
`);
    expect(await hooks()).toMatchObject([
      { id: hook.id, active: true, events: ['push', 'pull_request'], config: { ...hook.config, insecure_ssl: '0' } },
    ]);
    expect(server.repositories.get('demo/myproject')?.secrets).toHaveLength(2);
    expect(writes).toEqual([
      'PUT /api/v1/repos/demo/myproject',
      `PATCH ${hookPath}/${hook.id}`,
      `POST ${hookPath}/${hook.id}/pings`,
    ]);
  });

  it('is repaired if it points to an address that yb did not give', async () => {
    const { yb, url, hook, hooks, ask, server } = await startSetUp();
    const config = { ...hook.config, url: `${server.webhookUrl}/00112233` };
    await ask('PATCH', `${hookPath}/${hook.id}`, { config });

    const { code, stdout } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('stale (it points to an address that yb did not give).');
    expect(await hooks()).toMatchObject([{ id: hook.id, config: { url: hook.config.url } }]);
  });

  it('is repaired if both sides have different secrets', async () => {
    const { yb, url, hook, ask } = await startSetUp();
    await ask('PATCH', `${hookPath}/${hook.id}`, { config: { ...hook.config, secret: 'another one' } });
    await ask('POST', `${hookPath}/${hook.id}/pings`);
    await expect
      .poll(async () => await ask('GET', `${hookPath}/${hook.id}`))
      .toMatchObject({
        last_response: { code: 401 },
      });

    const { code, stdout } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('stale (it was refused by yb the last time (401)).');
    expect((await yb(['setup-repo', url, '--yes'])).stdout).toContain('nothing was changed');
  });

  it('gets a fresh secret where that is wanted, though nothing is wrong with it', async () => {
    const { yb, url, hook, hooks, server, writes } = await startSetUp();

    const { code, stdout } = await yb(['setup-repo', url, '--rotate-secret'], { input: 'Y\n' });

    expect(code).toBe(0);
    expect(stdout).toContain('Would you like to give it a fresh secret? (Y/n): Y');
    expect(stdout).toContain("Waiting for GitHub's ping... arrived.");
    expect(await hooks()).toMatchObject([{ id: hook.id, config: { url: hook.config.url } }]);
    expect(server.repositories.get('demo/myproject')?.secrets).toHaveLength(2);
    expect(writes).toHaveLength(3);
    writes.length = 0;
    await yb(['setup-repo', url, '--rotate-secret'], { input: 'n\n' });
    expect(writes).toEqual([]);
  });

  it('is left as it is if the person says so', async () => {
    const { yb, url, hook, ask, writes, hooks } = await startSetUp();
    await ask('PATCH', `${hookPath}/${hook.id}`, { active: false });

    const { code, stdout } = await yb(['setup-repo', url], { input: 'n\n' });

    expect(code).toBe(0);
    expect(stdout).toContain("Left undone: the CI hook's repair.");
    expect(writes).toEqual([]);
    expect(await hooks()).toMatchObject([{ active: false }]);
  });

  it('is repaired if the server has lost the repository, and gets the credential again', async () => {
    const { yb, url, server, hook, hooks } = await startSetUp();
    server.repositories.clear();

    const { code, stdout } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('stale (it is not known to yb');
    const registered = server.repositories.get('demo/myproject');
    expect(await hooks()).toMatchObject([
      { id: hook.id, config: { url: `${server.webhookUrl}/${registered?.hookKey}` } },
    ]);
    expect(registered?.credential).toBe('app');
  });

  it('is added again if GitHub has lost it', async () => {
    const { yb, url, server, hook, ask, hooks, writes } = await startSetUp();
    await ask('DELETE', `${hookPath}/${hook.id}`);

    const { code, stdout } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('Checking CI hook... not found.');
    expect(await hooks()).toMatchObject([{ config: { url: hook.config.url } }]);
    expect(server.repositories.get('demo/myproject')?.secrets).toHaveLength(2);
    expect(writes).toHaveLength(2);
  });

  it('is one among those of other services, however many there are', async () => {
    const { yb, url, ask } = await startSetting({ files: allFiles });
    const events = ['release', 'deployment', 'star', 'watch', 'fork', 'member'];
    for (let number = 0; number < 103; number += 1) {
      const config = { url: `https://other.example/${number}`, content_type: 'json' };
      await ask('POST', hookPath, { config, active: false, events: [events[number % events.length]] });
    }
    await yb(['setup-repo', url, '--yes']);

    const { code, stdout } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('Checking CI hook... found.');
    expect(await ask('GET', `${hookPath}?per_page=100&page=2`)).toHaveLength(4);
  });

  it('is kept, and others of ours are deleted if the person agrees', async () => {
    const { yb, url, server, hook, ask, hooks, writes } = await startSetUp();
    const config = { ...hook.config, url: `${server.webhookUrl}/00112233` };
    await ask('POST', hookPath, { config, events: ['push'] });

    const declined = await yb(['setup-repo', url], { input: 'n\n' });
    const agreed = await yb(['setup-repo', url], { input: 'Y\n' });

    expect(declined.stdout).toContain('GitHub has another hook to yb: it tells of each push once more.');
    expect(declined.stdout).toContain('Left undone: the superfluous hooks.');
    expect(agreed.stdout).toContain('Repo setup done.');
    expect(writes).toEqual([expect.stringMatching(/^DELETE /)]);
    expect(await hooks()).toEqual([expect.objectContaining({ id: hook.id })]);
  });

  it.each([
    [500, 'GitHub sent its ping, and notes "Invalid HTTP Response: 500" (500).', 'The log of the yb server says why.'],
    [401, '(401). The secrets of both sides differ.', 'Run the command again: it gives both a new one.'],
    [200, 'What took it is not this yb server.', 'Look at YB_SERVER'],
  ])('is not trusted before the server has seen its ping: %i', async (status, why, next) => {
    const setting = await startSetting({ files: allFiles });
    setting.server.answerHooksWith(status);

    const { code, stdout, stderr } = await setting.yb(['setup-repo', setting.url, '--yes'], {
      clock: clockOfOnePing(setting),
    });

    expect(code).toBe(1);
    expect(stdout).not.toContain('Repo setup done.');
    expect(stderr).toContain('yb: yb has not heard from GitHub within 30 s\n');
    expect(stderr).toContain(why);
    expect(stderr).toContain(next);
  });

  it('is pinged again if its ping met a server that could not answer', async () => {
    const setting = await startSetting({ files: allFiles });
    const { ask, hooks, server } = setting;
    server.answerHooksWith(503);
    const state = { now: Date.parse('2026-01-01T00:00:00Z'), pings: 1 };
    const clock: Clock = {
      now: () => new Date(state.now),
      sleep: async () => {
        const [hook] = await hooks();
        const sent = async () => await ask('GET', `${hookPath}/${hook?.id}/deliveries`);
        await expect.poll(sent, patience).toHaveLength(state.pings);
        server.answerHooksWith(null);
        state.pings = 2;
        state.now += 8000;
      },
    };

    const { code, stdout } = await setting.yb(['setup-repo', setting.url, '--yes'], { clock });

    expect(code).toBe(0);
    expect(stdout).toContain('Repo setup done.');
  });

  it('is finished by the next run if its ping was lost', async () => {
    const setting = await startSetting({ files: allFiles });
    const { yb, url, server } = setting;
    server.answerHooksWith(503);
    await yb(['setup-repo', url, '--yes'], { clock: clockOfOnePing(setting) });
    server.answerHooksWith(null);

    const { code, stdout } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('stale (it has not reached yb yet)');
    expect(stdout).toContain('Repo setup done.');
  });
});

/** Half a minute passes whenever GitHub has noted how its ping ended. */
function clockOfOnePing({ ask, hooks }: Setting): Clock {
  let now = Date.parse('2026-01-01T00:00:00Z');
  return {
    now: () => new Date(now),
    sleep: async () => {
      const [hook] = await hooks();
      await expect.poll(async () => await ask('GET', `${hookPath}/${hook?.id}/deliveries`), patience).toHaveLength(1);
      now += 30_000;
    },
  };
}
