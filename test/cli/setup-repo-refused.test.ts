import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../support/http.ts';
import { allFiles, type Setting, startSetting } from './setup-rig.ts';

const users = [
  {
    login: 'demo',
    tokens: [
      { value: 'ghp_classic' },
      { value: 'github_pat_hookless', permissions: { contents: 'write', webhooks: 'read' } },
      { value: 'github_pat_narrow', permissions: { contents: 'read', statuses: 'write' } },
      { value: 'github_pat_elsewhere', repositories: ['demo/other'] },
    ],
  },
] as const;

async function expectNothingDone({ writes, hooks, server, folder }: Setting): Promise<void> {
  expect(writes).toEqual([]);
  expect(await hooks()).toEqual([]);
  expect(server.repositories.size).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
}

describe('yb setup-repo refuses, before it changes anything,', () => {
  it.each([
    ['no token', { GITHUB_TOKEN: '' }, 'GITHUB_TOKEN is not set'],
    ['no server', { YB_SERVER: '' }, 'YB_SERVER is not set'],
    ['a server without TLS', { YB_SERVER: 'http://yb.example' }, 'YB_SERVER: must be an https address'],
    ['a token that GitHub does not know', { GITHUB_TOKEN: 'nobody' }, 'does not accept the token in GITHUB_TOKEN'],
    ['a GitHub that is not there', { GITHUB_API_URL: 'http://127.0.0.1:9' }, 'GitHub does not answer at'],
    ['a server that is not there', { YB_SERVER: 'http://127.0.0.1:9' }, 'no yb server answers at'],
  ])('%s', async (_name, environment, what) => {
    const setting = await startSetting({ files: allFiles });

    const { code, stdout, stderr } = await setting.yb(['setup-repo', setting.url, '--yes'], { environment });

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(what);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
    await expectNothingDone(setting);
  });

  it('a repository that the person does not see, in the same words as one that is not there', async () => {
    const setting = await startSetting({ files: allFiles, private: true });
    const environment = { GITHUB_TOKEN: setting.github.otherToken };

    const hidden = await setting.yb(['setup-repo', 'demo/myproject', '--yes'], { environment });
    const missing = await setting.yb(['setup-repo', 'demo/nothing', '--yes'], { environment });

    expect(hidden).toMatchObject({ code: 1, stdout: '' });
    expect(hidden.stderr).toContain('There is no such thing, or the token does not reach it');
    expect(hidden.stderr).toBe(missing.stderr.replace('nothing', 'myproject'));
    await expectNothingDone(setting);
  });

  it.each(['pull', 'push', 'maintain'])('one who has the right to %s, and says who can do it', async (permission) => {
    const setting = await startSetting({ files: allFiles });
    await setting.ask('PUT', '/repos/demo/myproject/collaborators/other', { permission });
    const environment = { GITHUB_TOKEN: setting.github.otherToken };

    const { code, stderr } = await setting.yb(['setup-repo', setting.url, '--yes'], { environment });

    expect(code).toBe(1);
    expect(stderr).toContain('you are no administrator of demo/myproject');
    expect(stderr).toMatch(/An administrator \(ask demo\) has to type: yb setup-repo http.*\/demo\/myproject\n/);
    await expectNothingDone(setting);
  });

  it('an archived repository', async () => {
    const setting = await startSetting({ files: allFiles });
    await setting.ask('PATCH', '/repos/demo/myproject', { archived: true });

    const { code, stderr } = await setting.yb(['setup-repo', setting.url, '--yes']);

    expect(code).toBe(1);
    expect(stderr).toContain('demo/myproject is archived');
    await expectNothingDone(setting);
  });

  it('a repository of another host, and a URL that is none', async () => {
    const setting = await startSetting({ files: allFiles });

    const other = await setting.yb(['setup-repo', 'https://code.example/demo/myproject', '--yes']);
    const none = await setting.yb(['setup-repo', 'myproject', '--yes']);

    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain('code.example is not the GitHub that yb asks');
    expect(none).toMatchObject({ code: 2, stdout: '' });
    await expectNothingDone(setting);
  });

  it('what is no yb server, without following where it leads', async () => {
    const setting = await startSetting({ files: allFiles });
    const requests: string[] = [];
    const elsewhere = createServer((request, response) => {
      requests.push(request.url ?? '');
      if (request.url === '/moved/api/v1/server') response.writeHead(302, { location: '/there' }).end();
      else response.end('<html>');
    });
    const { port, close } = await listen(elsewhere);
    onTestFinished(close);
    const yb = async (YB_SERVER: string) =>
      await setting.yb(['setup-repo', setting.url, '--yes'], { environment: { YB_SERVER } });

    const page = await yb(`http://127.0.0.1:${port}`);
    const moved = await yb(`http://127.0.0.1:${port}/moved`);

    expect(page.stderr).toContain('is not a yb server');
    expect(moved.stderr).toContain('It names /there; a token is not carried there.');
    expect(requests).not.toContain('/there');
    await expectNothingDone(setting);
  });

  it('to hand over a classic token, unless it is told to', async () => {
    const setting = await startSetting({ files: allFiles, users });
    const environment = { YB_CREDENTIAL_TOKEN: 'ghp_classic' };
    const { yb, url, server } = setting;

    const refused = await yb(['setup-repo', url, '--yes'], { environment });

    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('the token in YB_CREDENTIAL_TOKEN is a classic one');
    expect(refused.stderr).toContain('https://github.com/settings/personal-access-tokens/new');
    await expectNothingDone(setting);

    const allowed = await yb(['setup-repo', url, '--yes', '--allow-broad-token'], { environment });

    expect(allowed.code).toBe(0);
    expect(allowed.stdout).toContain('It is a classic one: it opens every repository that you can reach.');
    expect(server.repositories.get('demo/myproject')?.credential).toBe('ghp_classic');
  });

  it('a token for yb that does not reach the repository, or is none', async () => {
    const setting = await startSetting({ files: allFiles, users, private: true });
    const file = join(setting.folder, 'nothing');
    const { yb, url } = setting;

    const elsewhere = await yb(['setup-repo', url, '--yes'], {
      environment: { YB_CREDENTIAL_TOKEN: 'github_pat_elsewhere' },
    });
    const missing = await yb(['setup-repo', url, '--yes', '--credential-token-file', file]);

    expect(elsewhere.stderr).toContain('the token in YB_CREDENTIAL_TOKEN');
    expect(missing).toMatchObject({ code: 2 });
    expect(missing.stderr).toContain('cannot be read (ENOENT)');
    await expectNothingDone(setting);
  });
});

describe('yb setup-repo hands over', () => {
  it('the token of a file, without a question of its own', async () => {
    const { yb, url, folder, server } = await startSetting({ files: allFiles, users });
    writeFileSync(join(folder, 'token'), 'github_pat_narrow\n');

    const environment = { GITHUB_TOKEN: 'ghp_classic' };
    const argv = ['setup-repo', url, '--credential-token-file', 'token'];
    const { code, stdout, stderr } = await yb(argv, { input: 'Y\n', environment });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('the one in token.');
    expect(stdout).not.toContain('github_pat');
    expect(server.repositories.get('demo/myproject')?.credential).toBe('github_pat_narrow');
  });

  it('another one only if it is told to', async () => {
    const { yb, url, server, writes } = await startSetting({ files: allFiles, users });
    await yb(['setup-repo', url, '--yes']);
    writes.length = 0;
    const environment = { YB_CREDENTIAL_TOKEN: 'github_pat_narrow' };

    const kept = await yb(['setup-repo', url, '--yes'], { environment });
    expect(kept.stdout).toContain('nothing was changed');
    expect(writes).toEqual([]);

    const replaced = await yb(['setup-repo', url, '--replace-credential'], { environment });
    expect(replaced.code).toBe(0);
    expect(server.repositories.get('demo/myproject')?.credential).toBe('github_pat_narrow');
    expect(writes).toEqual(['PUT /api/v1/repos/demo/myproject']);
  });

  it('nobody’s own token: without the App and without a token for this it says what to do', async () => {
    const setting = await startSetting({ files: allFiles, installed: false });
    const { yb, url, server, github } = setting;

    const refused = await yb(['setup-repo', url, '--yes']);

    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('its GitHub App is not installed on it');
    expect(refused.stderr).toContain(`${github.apiUrl}/web/apps/yb/installations/new`);
    expect(refused.stderr).toContain('--credential-token-file FILE');
    expect(server.repositories.size).toBe(0);
    await expectNothingDone(setting);
  });

  it('the App to a server that has lost by what it reaches the repository', async () => {
    const { yb, url, server } = await startSetting({ files: allFiles });
    await yb(['setup-repo', url, '--yes']);
    const registered = server.repositories.get('demo/myproject');
    if (registered === undefined) throw new Error('not registered');
    registered.credential = null;

    expect((await yb(['setup-repo', url])).code).toBe(0);
    expect(registered.credential).toBe('app');
    expect(registered.secrets).toHaveLength(1);
  });
});

describe('yb setup-repo says what its token lacks', () => {
  it('to add a hook', async () => {
    const { yb, url, hooks } = await startSetting({ files: allFiles, users });

    const environment = { GITHUB_TOKEN: 'github_pat_hookless' };
    const { code, stderr } = await yb(['setup-repo', url, '--yes'], { environment });

    expect(code).toBe(1);
    expect(stderr).toContain('GitHub does not let the token in GITHUB_TOKEN add a hook to demo/myproject');
    expect(stderr).toContain('GitHub says: Resource not accessible by personal access token.');
    expect(await hooks()).toEqual([]);
  });
});
