import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGitHub } from '../../local/github/server.ts';
import { createManualClock } from '../world/clock.ts';
import { createGitHub } from '../../shared/github/github.ts';
import { createInstallation } from '../world/installation.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runYb, type YbRun } from './run-yb.ts';
import { briskClock } from './setup-rig.ts';

const server = 'https://yb.example.com';

/** The real dashboard over the local GitHub, and a person with a folder of their own. */
async function setUp() {
  const clock = createManualClock();
  const github = await startGitHub({ stateDir: temporaryFolder(), clock });
  onTestFinished(github.stop);
  const { clientId, clientSecret } = github.oauth;
  const here = createInstallation({
    variables: { YB_GITHUB_URL: github.webUrl, YB_GITHUB_CLIENT_ID: clientId, YB_LOCAL: '1' },
    change: () => ({
      clock,
      github: createGitHub({
        apiUrl: github.apiUrl,
        clock,
        signIn: { webUrl: github.webUrl, clientId, clientSecret },
      }),
    }),
  });
  const app = here.functions.dashboard;
  const fetching: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return url.startsWith(server) ? await app.request(url.slice(server.length), init) : await fetch(input, init);
  };
  const config = temporaryFolder();
  const environment = { YB_SERVER: server, XDG_CONFIG_HOME: config };
  const yb = async (argv: readonly string[], more: Readonly<Record<string, string>> = {}, run: YbRun = {}) =>
    await runYb(argv, {
      cwd: config,
      fetch: fetching,
      ...run,
      clock: briskClock(),
      environment: { ...environment, ...more },
    });
  const file = join(config, 'yb', 'sign-ins.json');
  /** What the person does in a browser, as soon as there is a code. */
  const confirm = async (code: string, login = 'demo') => {
    const answer = await fetch(`${github.webUrl}/login/device`, {
      method: 'POST',
      body: new URLSearchParams({ user_code: code, login }),
    });
    return answer.status;
  };
  return { github, yb, file, confirm, clock };
}

describe('yb login', () => {
  it('shows a code, waits for the person in a browser, and keeps what GitHub gives where nobody else reads it', async () => {
    const { yb, file, confirm, clock } = await setUp();
    const shown = Promise.withResolvers<string>();
    const onOutput = (text: string): void => {
      const code = /^ {4}([0-9A-F]{4}-[0-9A-F]{4})$/m.exec(text)?.[1];
      if (code !== undefined) shown.resolve(code);
    };
    const running = yb(['login'], {}, { onOutput });
    const code = await shown.promise;
    expect(await confirm('AAAA-0000')).toBe(422);
    expect(await confirm(code)).toBe(200);

    const { code: exitCode, stdout } = await running;

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Signed in to ${server} as demo.`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const kept = readFileSync(file, 'utf8');
    expect(kept).toMatch(/"token": "yb_/);
    expect(kept).not.toMatch(/gh[ur]_/);
    expect((await yb(['status'])).stdout).toBe(`Signed in to ${server} as demo, by yb login.\n`);
    const token = /yb_[\w-]+/.exec(kept)?.[0] ?? '';
    clock.advance(9 * 3_600_000);
    expect((await yb(['status'])).code).toBe(0);
    expect((await yb(['token', 'list'])).stdout).toMatch(/^[0-9a-f]{16} {2}admin {2}used .* {2}yb login on /);
    expect((await yb(['logout'])).stdout).toBe(`Signed out of ${server}.\n`);
    expect((await yb(['status'], { YB_TOKEN: token })).code).toBe(1);
    expect((await yb(['logout'])).stdout).toBe(`Nobody was signed in to ${server}.\n`);
    expect(await yb(['status'])).toMatchObject({ code: 1, stderr: expect.stringContaining('yb login') });
  });
});

describe('yb logout', () => {
  it('forgets the token also where the server does not answer, and says where to revoke it', async () => {
    const { yb, file } = await setUp();
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, JSON.stringify({ v: 1, servers: { [server]: { token: 'yb_gone', login: 'demo' } } }));
    const away = async () => await Promise.reject(new Error('away'));
    const ran = await yb(['logout'], {}, { fetch: away });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`${server}/account`);
    expect(readFileSync(file, 'utf8')).not.toContain('yb_gone');
  });

  it('is fine with a token that has ended', async () => {
    const { yb, file } = await setUp();
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, JSON.stringify({ v: 1, servers: { [server]: { token: 'yb_gone', login: 'demo' } } }));
    expect(await yb(['logout'])).toMatchObject({ code: 0, stdout: `Signed out of ${server}.\n` });
  });
});

describe('yb token', () => {
  it('makes one for a program, which is all that is on its standard output', async () => {
    const { github, yb } = await setUp();
    const made = await yb(['token', 'make', 'nightly', '--scope', 'run', '--days', '3'], { YB_TOKEN: github.appToken });
    expect(made.stdout).toMatch(/^yb_[\w-]{43}\n$/);
    expect(made.stderr).toContain('nightly');
    const token = made.stdout.trim();
    expect((await yb(['status'], { YB_TOKEN: token })).stdout).toContain('as demo, by YB_TOKEN');
    expect(await yb(['token', 'make', 'more'], { YB_TOKEN: token })).toMatchObject({ code: 1 });
    const list = (await yb(['token', 'list'], { YB_TOKEN: github.appToken })).stdout;
    const id = list.slice(0, 16);
    expect((await yb(['token', 'revoke', id], { YB_TOKEN: github.appToken })).stdout).toBe(`${id} is revoked.\n`);
    expect(await yb(['status'], { YB_TOKEN: token })).toMatchObject({ code: 1 });
    expect((await yb(['token', 'list'], { YB_TOKEN: github.appToken })).stdout).toContain('You have no tokens');
  });

  it.each([
    [['token', 'make'], 'needs NAME'],
    [['token', 'make', 'x', '--scope', 'all'], 'scope'],
    [['token', 'make', 'x', '--days', '400'], 'days'],
    [['token', 'revoke', 'x'], 'yb token list'],
    [['token'], 'needs a second word'],
  ])('refuses %j with what to do', async (argv, words) => {
    const { github, yb } = await setUp();
    const ran = await yb(argv, { YB_TOKEN: github.appToken });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(words);
  });
});

describe('who asks', () => {
  it('is who the App was told of, not who owns a token of GitHub’s', async () => {
    const { github, yb } = await setUp();
    expect((await yb(['status'], { YB_TOKEN: github.appToken })).stdout).toBe(
      `Signed in to ${server} as demo, by YB_TOKEN.\n`,
    );
    expect(await yb(['status'], { YB_TOKEN: github.token })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/does not accept the token of YB_TOKEN[\s\S]*yb login/),
    });
    expect(await yb(['status'], { GITHUB_TOKEN: github.token })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`you are not signed in to ${server}`),
    });
  });

  it('says so, and keeps nothing, where GitHub does not answer', async () => {
    const { github, yb, file } = await setUp();
    await github.stop();

    const { code, stderr } = await yb(['login']);

    expect(code).toBe(1);
    expect(stderr).toContain('GitHub does not answer');
    expect(stderr).toContain('Type: yb login');
    expect(existsSync(file)).toBe(false);
  });

  it('is told what to do where the file of sign-ins is broken', async () => {
    const { yb, file, github } = await setUp();
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '{"v":1,');
    expect((await yb(['status'])).stderr).toContain(`${file} cannot be read`);
    expect((await yb(['status'], { YB_TOKEN: github.appToken })).code).toBe(0);
  });
});
