import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGitHub } from '../../local/github/server.ts';
import { systemClock } from '../../shared/clock.ts';
import { createGitHub } from '../../shared/github/github.ts';
import { createInstallation } from '../world/installation.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runYb, type YbRun } from './run-yb.ts';
import { briskClock } from './setup-rig.ts';

const server = 'https://yb.example.com';

/** The real dashboard over the local GitHub, and a person with a folder of their own. */
async function setUp() {
  const github = await startGitHub({ stateDir: temporaryFolder() });
  onTestFinished(github.stop);
  const { clientId, clientSecret } = github.oauth;
  const here = createInstallation({
    variables: { YB_GITHUB_URL: github.webUrl, YB_GITHUB_CLIENT_ID: clientId, YB_LOCAL: '1' },
    change: () => ({
      github: createGitHub({
        apiUrl: github.apiUrl,
        clock: systemClock,
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
      ...run,
      cwd: config,
      fetch: fetching,
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
  return { github, yb, file, confirm };
}

describe('yb login', () => {
  it('shows a code, waits for the person in a browser, and keeps what GitHub gives where nobody else reads it', async () => {
    const { yb, file, confirm } = await setUp();
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
    expect(readFileSync(file, 'utf8')).toMatch(/"token": "ghu_/);
    expect((await yb(['status'])).stdout).toBe(`Signed in to ${server} as demo, by yb login.\n`);
    expect((await yb(['logout'])).stdout).toBe(`Signed out of ${server}.\n`);
    expect((await yb(['logout'])).stdout).toBe(`Nobody was signed in to ${server}.\n`);
    expect(await yb(['status'])).toMatchObject({ code: 1, stderr: expect.stringContaining('yb login') });
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
