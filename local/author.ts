import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { YbError } from '../shared/errors.ts';
import { parseJson, parseValue } from '../shared/json.ts';
import { run } from './command.ts';
import type { Endpoints } from './system.ts';

/** A person with a clone of one repository, who uses git, `yb` and the APIs as people do. */
export interface Author {
  readonly cloneUrl: string;
  /** Of the clone. */
  readonly folder: string;
  /** Makes the repository at GitHub, empty. */
  createRepository(): Promise<void>;
  git(...args: readonly string[]): Promise<string>;
  /** Commits these files, `null` to remove one, and pushes the branch. @returns the commit's id */
  push(files: Readonly<Record<string, string | null>>, subject: string): Promise<string>;
  /** Runs `yb` in a folder beside the clone. @returns what it printed */
  yb(...args: readonly string[]): Promise<string>;
  /** The commit's statuses at GitHub, newest first. */
  statuses(sha: string): Promise<Status[]>;
  /** GETs or sends JSON with the person's token. @throws YbError `internal` for an answer that is not good */
  ask(url: string, init?: { readonly method?: string; readonly body?: unknown }): Promise<unknown>;
}

const Status = z.object({
  id: z.number(),
  state: z.enum(['pending', 'success', 'failure', 'error']),
  description: z.string().nullable(),
  target_url: z.string().nullable(),
  context: z.string(),
});
export type Status = z.output<typeof Status>;

const cli = fileURLToPath(new URL('../cli/yb.ts', import.meta.url));

export async function createAuthor(options: {
  readonly endpoints: Endpoints;
  readonly owner: string;
  readonly name: string;
  /** A folder of its own. */
  readonly folder: string;
  /** PATH for git. */
  readonly searchPath: string;
}): Promise<Author> {
  const { endpoints, owner, name } = options;
  const cloneUrl = `${endpoints.git}/${owner}/${name}.git`;
  const work = join(options.folder, 'clone');
  const beside = join(options.folder, 'yb');
  await Promise.all([mkdir(work, { recursive: true }), mkdir(beside, { recursive: true })]);
  const env = gitEnvironment(options);

  const git: Author['git'] = async (...args) => await run('git', args, { cwd: work, env });
  const ask: Author['ask'] = async (url, { method = 'GET', body } = {}) => {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${tokenFor(url, endpoints)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new YbError('internal', `${method} ${url} answered ${response.status}: ${text}`);
    return text === '' ? null : parseJson(z.unknown(), text, { what: url });
  };
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', cloneUrl);
  return {
    cloneUrl,
    folder: work,
    git,
    ask,
    async createRepository() {
      await ask(`${endpoints.github}/user/repos`, { method: 'POST', body: { name, private: true, auto_init: false } });
    },
    async push(files, subject) {
      for (const [file, content] of Object.entries(files)) {
        const path = join(work, file);
        await mkdir(dirname(path), { recursive: true });
        // A script is made one that can be run, as people do.
        await (content === null
          ? rm(path)
          : writeFile(path, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 }));
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--message', subject);
      await git('push', '--quiet', 'origin', 'HEAD');
      return (await git('rev-parse', 'HEAD')).trim();
    },
    async yb(...args) {
      return await run(process.execPath, [cli, ...args], {
        cwd: beside,
        env: {
          PATH: options.searchPath,
          HOME: beside,
          INIT_CWD: beside,
          YB_SERVER: endpoints.dashboard,
          GITHUB_API_URL: endpoints.github,
          GITHUB_TOKEN: endpoints.token,
          YB_TOKEN: endpoints.apiToken,
        },
      });
    },
    async statuses(sha) {
      const found = await ask(`${endpoints.github}/repos/${owner}/${name}/commits/${sha}/statuses`);
      return parseValue(z.array(Status), found, { what: 'statuses' });
    },
  };
}

/** GitHub's own token is for GitHub; the system knows the one that its application was given. */
function tokenFor(url: string, endpoints: Endpoints): string {
  return url.startsWith(endpoints.dashboard) ? endpoints.apiToken : endpoints.token;
}

/** Git with the token in place of a password, and nothing of this machine's configuration. */
function gitEnvironment(options: {
  readonly endpoints: Endpoints;
  readonly folder: string;
  readonly searchPath: string;
}): Readonly<Record<string, string>> {
  const credentials = Buffer.from(`demo:${options.endpoints.token}`).toString('base64');
  return {
    PATH: options.searchPath,
    HOME: options.folder,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Demo',
    GIT_AUTHOR_EMAIL: 'demo@example.com',
    GIT_COMMITTER_NAME: 'Demo',
    GIT_COMMITTER_EMAIL: 'demo@example.com',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${options.endpoints.git}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
  };
}
