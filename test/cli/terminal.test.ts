import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGitRepository } from '../support/git-repository.ts';
import { startGitServer } from '../support/git-server.ts';
import { listen } from '../support/http.ts';
import { hasPseudoTerminal, runOnTerminal } from '../support/pseudo-terminal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { quietEnvironment } from './run-yb.ts';
import { startSetting } from './setup-rig.ts';

const entry = fileURLToPath(new URL('../../cli/yb.ts', import.meta.url));
const yb = [process.execPath, entry];

/** A GitHub that shows the repository to every token, and one by whose git none is accepted. */
async function startForgetfulGitHub() {
  const root = temporaryFolder();
  createGitRepository(root, 'me/myproject').commit({ 'README.md': 'Hi\n' });
  const git = await startGitServer({ root, token: 'another token' });
  onTestFinished(git.close);
  const rest = createServer((request, response) => {
    const { port } = rest.address() as { port: number };
    const answers: Record<string, object> = {
      '/repos/me/myproject': {
        id: 1,
        name: 'myproject',
        full_name: 'me/myproject',
        owner: { login: 'me' },
        default_branch: 'main',
        clone_url: git.url('me/myproject.git'),
        html_url: git.url('me/myproject'),
        permissions: { admin: true, push: true },
      },
      '/api/v1/server': {
        name: 'yb',
        version: '0',
        webhook: `http://127.0.0.1:${port}/hooks`,
        dashboard: 'http://127.0.0.1',
        signIn: { url: 'http://127.0.0.1', clientId: 'client' },
        install: null,
      },
      '/api/v1/repos/me/myproject': {
        fullName: 'me/myproject',
        registered: false,
        hook: null,
        credential: null,
        app: { installed: true },
        volumes: [],
      },
    };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  });
  const { port, close } = await listen(rest);
  onTestFinished(close);
  const url = `http://127.0.0.1:${port}`;
  return {
    git,
    environment: { YB_SERVER: url, GITHUB_API_URL: url, GITHUB_TOKEN: 'github_pat_forgotten', YB_TOKEN: 'token' },
  };
}

describe('yb as a process', () => {
  it.skipIf(!hasPseudoTerminal())('asks a person on a terminal, and takes her answers', async () => {
    const { url, folder, environment, hooks } = await startSetting();

    const { transcript, code } = await runOnTerminal({
      argv: [...yb, 'setup-repo', url],
      cwd: folder,
      environment: { ...quietEnvironment(), ...environment, TERM: 'xterm' },
      dialogue: [
        { waitFor: 'with Bazel? (Y/n): ', press: 'Y\n' },
        { waitFor: 'are updated (Y/n): ', press: '\n' },
      ],
    });

    expect(code).toBe(0);
    expect(transcript).toContain('with Bazel? (Y/n): Y\n');
    expect(transcript).toContain('Checking CI hook... \u001b[31mnot found\u001b[39m.');
    expect(transcript).toContain('Repo setup done.');
    expect(await hooks()).toHaveLength(1);
  });

  it.skipIf(!hasPseudoTerminal())(
    'never lets git ask for a password, though there is a terminal to ask on',
    async () => {
      const { environment, git } = await startForgetfulGitHub();

      const { transcript, code } = await runOnTerminal({
        argv: [...yb, 'setup-repo', 'me/myproject'],
        cwd: temporaryFolder(),
        environment: { ...quietEnvironment(), ...environment, NO_COLOR: '1', TERM: 'xterm' },
        dialogue: [{ waitFor: 'Username', press: 'me\n' }],
      });

      expect(code).toBe(1);
      expect(git.requests.length).toBeGreaterThan(0);
      expect(transcript).toContain(`yb: git could not clone the repository
    It does not accept the token in GITHUB_TOKEN.
`);
      expect(transcript).not.toMatch(/Username|Password/);
      expect(transcript).not.toContain('github_pat_forgotten');
    },
  );

  it.skipIf(!hasPseudoTerminal())('ends with 130 at Ctrl-C, and has done nothing', async () => {
    const { url, folder, environment, hooks } = await startSetting();

    const { transcript, code } = await runOnTerminal({
      argv: [...yb, 'setup-repo', url],
      cwd: folder,
      environment: { ...quietEnvironment(), ...environment },
      dialogue: [{ waitFor: 'with Bazel? (Y/n): ', press: '\u0003' }],
    });

    expect(code).toBe(130);
    expect(transcript).toContain('Interrupted.');
    expect(await hooks()).toEqual([]);
  });

  it('ends though its input stays open, in the folder where npm was called', async () => {
    const { url, folder, environment, hooks } = await startSetting();
    const env = { ...quietEnvironment(), ...environment, INIT_CWD: folder };
    const child = spawn(process.execPath, [entry, 'setup-repo', url], {
      cwd: '/',
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
    });

    child.stdin.write('Y\nY\n');

    expect(await once(child, 'close')).toEqual([0, null]);
    expect(await hooks()).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['myproject']);
  });
});
