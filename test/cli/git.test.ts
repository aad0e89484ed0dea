import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGit, gitEnvironment } from '../../cli/git.ts';
import type { Environment } from '../../shared/config.ts';
import { createGitRepository } from '../support/git-repository.ts';
import { startGitServer } from '../support/git-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { quietEnvironment } from './run-yb.ts';

const patience = { timeout: 60_000 };
const token = 'ghp_hunter2hunter2';

async function startSetting(options: { environment?: Environment; wanted?: string } = {}) {
  const folder = temporaryFolder();
  const repository = createGitRepository(folder, 'me/myproject');
  repository.commit({ 'README.md': 'Hello\n' });
  const server = await startGitServer({ root: folder, token: options.wanted ?? token });
  onTestFinished(server.close);
  const interrupt = new AbortController();
  const git = createGit({ environment: { ...quietEnvironment(), ...options.environment }, signal: interrupt.signal });
  return { folder, git, server, interrupt, url: server.url('me/myproject.git') };
}

describe('git', () => {
  it('gets the token for the one URL, and leaves it nowhere', async () => {
    const { folder, git, server, url } = await startSetting();

    const cloned = await git.run(['clone', '--', url, 'clone'], { cwd: folder, remote: { url, token } });

    expect(cloned.code).toBe(0);
    // From the first request on: git never waits to be asked.
    const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(new Set([expected]));
    expect(everythingBelow(join(folder, 'clone'))).not.toContain('hunter2');
    expect(readFileSync(join(folder, 'clone/.git/config'), 'utf8')).toContain(`url = ${url}\n`);
  });

  it('does not follow to another host', async () => {
    const { folder, git, server, url } = await startSetting();
    const other = await startGitServer({ root: folder, token: null });
    onTestFinished(other.close);
    server.answerWith(302, { location: other.url('me/myproject.git/info/refs?service=git-upload-pack') });

    const { code } = await git.run(['ls-remote', url], { cwd: folder, remote: { url, token } });

    expect(code).not.toBe(0);
    expect(other.requests).toEqual([]);
  });

  it('asks nobody when the token is refused: no helper, no program, no terminal', async () => {
    const bin = temporaryFolder();
    const asked = join(bin, 'asked');
    const program = join(bin, 'ask');
    writeFileSync(program, `#!/bin/sh\necho "$0 $*" >>'${asked}'\necho hunter2\n`);
    chmodSync(program, 0o755);
    const config = join(bin, 'gitconfig');
    const environment = { GIT_CONFIG_GLOBAL: config, GIT_ASKPASS: program, SSH_ASKPASS: program, DISPLAY: ':0' };
    const { folder, git, url } = await startSetting({ environment, wanted: 'another token' });
    const helper = `helper = "!f() { ${program} helper; }; f"`;
    const { origin } = new URL(url);
    writeFileSync(
      config,
      `[core]\naskPass = ${program}\n[credential]\n${helper}\n[credential "${origin}"]\n${helper}\n[credential "${url}"]\n${helper}\n`,
    );

    const { code, stderr } = await git.run(['ls-remote', url], { cwd: folder, remote: { url, token } });

    expect(code).toBe(128);
    expect(stderr).toContain('terminal prompts disabled');
    expect(existsSync(asked)).toBe(false);
  });

  it("is not led elsewhere by a person's own rewriting and headers", async () => {
    const config = join(temporaryFolder(), 'gitconfig');
    const { folder, git, server, url } = await startSetting({ environment: { GIT_CONFIG_GLOBAL: config } });
    const { origin } = new URL(url);
    writeFileSync(
      config,
      `[url "ssh://git@elsewhere.invalid/"]\ninsteadOf = ${origin}/\n[http "${origin}/"]\nextraHeader = Authorization: Basic bm8=\n`,
    );

    const { code } = await git.run(['ls-remote', url], { cwd: folder, remote: { url, token } });

    expect(code).toBe(0);
    expect(server.requests[0]?.authorization).toBe(
      `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
    );
  });

  it('has no terminal that a hook or a signing program could open', async () => {
    const { folder, git } = await startSetting();

    const { stdout } = await git.run(['-c', 'alias.tty=!(: </dev/tty) 2>&1 || echo none', 'tty'], { cwd: folder });

    expect(stdout).toContain('none');
  });

  it('works in its folder wherever the environment points, and knows no token of its own', async () => {
    const { folder, git } = await startSetting({
      environment: {
        GIT_DIR: '/elsewhere',
        GIT_INDEX_FILE: '/elsewhere',
        GITHUB_TOKEN: token,
        YB_CREDENTIAL_TOKEN: token,
      },
    });
    mkdirSync(join(folder, 'new'));

    const made = await git.run(['init', '--quiet'], { cwd: join(folder, 'new') });
    const shown = await git.run(['-c', 'alias.env=!env', 'env'], { cwd: join(folder, 'new') });

    expect(made.code).toBe(0);
    expect(existsSync(join(folder, 'new/.git/HEAD'))).toBe(true);
    expect(shown.stdout).not.toContain('hunter2');
  });

  it('hides the token in what git prints', async () => {
    const { folder, git, url } = await startSetting();

    const { stdout } = await git.run(['-c', 'alias.env=!env', 'env'], { cwd: folder, remote: { url, token } });

    expect(stdout).toContain('extraHeader');
    expect(stdout).not.toContain(token);
    expect(stdout).not.toContain(Buffer.from(`x-access-token:${token}`).toString('base64'));
  });

  it('ends with all it started when the person interrupts', async () => {
    const { folder, git, interrupt } = await startSetting();
    const pids = join(folder, 'pids');
    const running = git.run(['-c', `alias.wait=!echo $$ >'${pids}'; sleep 600`, 'wait'], { cwd: folder });
    await expect.poll(() => existsSync(pids) && readFileSync(pids, 'utf8').trim(), patience).toMatch(/^\d+$/);

    interrupt.abort();

    await expect(running).rejects.toThrow('git was interrupted');
    const pid = readFileSync(pids, 'utf8').trim();
    await expect.poll(() => isAlive(pid), patience).toBe(false);
    await expect(git.run(['version'], { cwd: folder })).rejects.toBeDefined();
  });

  it('says so if there is no git', async () => {
    const git = createGit({ environment: { PATH: temporaryFolder() }, signal: new AbortController().signal });

    await expect(git.run(['version'], { cwd: '/' })).rejects.toThrow('git is not installed');
  });

  it('adds its settings behind those of the environment', () => {
    const environment = gitEnvironment({
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'user.name',
      GIT_CONFIG_VALUE_0: 'Ada',
    });

    expect(environment).toMatchObject({
      GIT_CONFIG_KEY_0: 'user.name',
      GIT_CONFIG_KEY_1: 'credential.helper',
      GIT_CONFIG_VALUE_1: '',
    });
    expect(Number(environment['GIT_CONFIG_COUNT'])).toBe(
      Object.keys(environment).filter((name) => name.startsWith('GIT_CONFIG_KEY_')).length,
    );
  });
});

function everythingBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

function isAlive(pid: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'state=', '-p', pid], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
