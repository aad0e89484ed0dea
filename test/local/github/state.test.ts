import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { addHook, cloneAddress, cloneNew, commit, eventually, git, startForTest, startReceiver } from './github-rig.ts';

describe('the state of the local GitHub', () => {
  it('is there again after a restart, under another port', async () => {
    const stateDir = temporaryFolder();
    const receiver = await startReceiver();
    const first = await startForTest({ stateDir });
    const { folder, fullName } = await cloneNew(first, { private: true });
    const hook = await addHook(first.api, fullName, { url: receiver.url, secret: 'kept' });
    const sha = await commit(folder, 'Kept');
    await git(folder, 'push', '--quiet', 'origin', 'main');
    await first.api('POST', `/repos/${fullName}/statuses/${sha}`, { body: { state: 'success', context: 'yb' } });
    await receiver.payloads('push', 1);
    const Deliveries = z.array(z.object({ id: z.int(), event: z.string() }));
    await eventually(async () => {
      const { body } = await first.api('GET', `/repos/${fullName}/hooks/${String(hook)}/deliveries`);
      expect(Deliveries.parse(body)).toHaveLength(2);
    });
    await first.stop();

    const second = await startForTest({ stateDir });

    expect(second).toMatchObject({ token: first.token, otherToken: first.otherToken, oauth: first.oauth });
    const repository = (await second.api('GET', `/repos/${fullName}`)).body;
    expect(repository).toMatchObject({ private: true, clone_url: `${second.gitUrl}/${fullName}.git` });
    expect(JSON.stringify(repository)).not.toContain(first.apiUrl === second.apiUrl ? 'never' : first.apiUrl);
    expect((await second.api('GET', `/repos/${fullName}/commits/${sha}/status`)).body).toMatchObject({
      state: 'success',
    });
    const deliveries = (await second.api('GET', `/repos/${fullName}/hooks/${String(hook)}/deliveries`)).body;
    const push = Deliveries.parse(deliveries).find(({ event }) => event === 'push');
    const path = `/repos/${fullName}/hooks/${String(hook)}/deliveries/${String(push?.id)}`;
    expect((await second.api('GET', path)).body).toMatchObject({ request: { payload: { after: sha } } });

    await git(folder, 'remote', 'set-url', 'origin', cloneAddress(second, fullName));
    await commit(folder, 'After the restart');
    await git(folder, 'push', '--quiet', 'origin', 'main');
    expect(await receiver.payloads('push', 2)).toHaveLength(2);
  });

  it('holds what is asked for at one moment by many', async () => {
    const stateDir = temporaryFolder();
    const github = await startForTest({ stateDir });

    const answers = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, index) => await github.api('POST', '/user/repos', { body: { name: `r${String(index % 4)}` } }),
      ),
    );

    const counts = [201, 422].map((wanted) => answers.filter(({ status }) => status === wanted).length);
    expect(counts).toEqual([4, 4]);
    const kept = z
      .object({ repositories: z.array(z.unknown()) })
      .parse(JSON.parse(await readFile(join(stateDir, 'state.json'), 'utf8')));
    expect(kept.repositories).toHaveLength(4);
  });

  it('tells two servers apart, and leaves no file of a push behind', async () => {
    const [one, two] = [await startForTest(), await startForTest()];
    const { folder } = await cloneNew(one);
    await commit(folder, 'One');
    await git(folder, 'push', '--quiet', 'origin', 'main');

    expect(one.token).not.toBe(two.token);
    expect((await two.api('GET', '/user', { token: one.token })).status).toBe(401);
    expect(await readdir(join(one.stateDir, 'pushes'))).toEqual([]);
  });

  it('knows the users and tokens that it is started with', async () => {
    const github = await startForTest({ users: [{ login: 'ann', tokens: [{ value: 'ghp_ann' }] }] });

    expect((await github.api('GET', '/user', { token: 'ghp_ann' })).body).toMatchObject({ login: 'ann' });
    await github.api('POST', '/user/repos', { token: 'ghp_ann', body: { name: 'hers' } });
    expect((await github.api('GET', '/repos/ann/hers')).status).toBe(200);
  });
});

describe('the pages behind the addresses of the API', () => {
  it('show the commits of a public repository with their statuses, and nothing of a private one', async () => {
    const github = await startForTest();
    const { folder, fullName } = await cloneNew(github);
    const sha = await commit(folder, 'A <b>subject</b>');
    await git(folder, 'push', '--quiet', 'origin', 'main');
    await github.api('POST', `/repos/${fullName}/statuses/${sha}`, {
      body: { state: 'failure', context: 'yb', description: 'x & y' },
    });
    await github.api('POST', '/user/repos', { body: { name: 'secret', private: true } });
    const page = async (path: string): Promise<Response> => await fetch(`${github.webUrl}/${path}`);

    expect(await (await page(fullName)).text()).toContain('A &lt;b&gt;subject');
    const text = await (await page(`${fullName}/commit/${sha}`)).text();
    expect(text).toContain('yb: <strong>failure</strong>');
    expect(text).toContain('x &amp; y');
    expect((await page('demo/secret')).status).toBe(404);
    expect((await page('demo/nothing')).status).toBe(404);
  });
});
