import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Clock } from '../shared/clock.ts';
import { YbError } from '../shared/errors.ts';
import { parseValue } from '../shared/json.ts';
import { run } from './command.ts';
import { breakingChange, brokenTest, demoRepository, harmlessChange } from './demo-repository.ts';
import type { Endpoints } from './system.ts';

export interface Story {
  readonly say: (line: string) => void;
  readonly clock: Clock;
}

type Teller = Story & { readonly endpoints: Endpoints; readonly folder: string; readonly searchPath: string };

const repository = { owner: 'demo', name: 'hello-bazel' } as const;
const cli = fileURLToPath(new URL('../cli/yb.ts', import.meta.url));

/**
 * A newcomer's first two minutes: a repository, `yb setup-repo`, a push that passes, and one that breaks a test.
 * @throws YbError `internal` that says what did not go as described
 */
export async function tellStory(story: Teller): Promise<void> {
  const { say, endpoints } = story;
  const cloneUrl = `${endpoints.git}/${repository.owner}/${repository.name}.git`;
  say(`A repository with four tests: ${cloneUrl}`);
  await createRepository(story);
  const work = join(story.folder, 'author');
  await mkdir(work, { recursive: true });
  const git = gitIn(story, work);
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', cloneUrl);
  await commit(git, work, demoRepository, 'Say hello and add numbers');
  await git('push', '--quiet', 'origin', 'main');

  say('');
  say(`$ yb setup-repo ${cloneUrl} --yes`);
  await setUp(story, cloneUrl);
  await git('pull', '--quiet', '--ff-only', 'origin', 'main');

  say('');
  say('A commit, pushed with git:');
  const first = await commit(git, work, harmlessChange, 'Say in the README that pushes are tested');
  await git('push', '--quiet', 'origin', 'main');
  const passed = await follow(story, first);
  expect(passed.state === 'success', `the status of ${first} is ${passed.state}, not success`);

  say('');
  say('A commit that breaks a test:');
  const second = await commit(git, work, breakingChange, 'Greet people less loudly');
  await git('push', '--quiet', 'origin', 'main');
  const failed = await follow(story, second);
  expect(failed.state === 'failure', `the status of ${second} is ${failed.state}, not failure`);
  const labels = await failedTests(story, second);
  expect(labels.includes(brokenTest), `${brokenTest} should have failed; failed: ${labels.join(', ') || 'none'}`);
  say(`failing test: ${labels.join(', ')}`);
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new YbError('internal', `The demo did not go as described: ${otherwise}`);
}

async function createRepository(story: Teller): Promise<void> {
  const body = { name: repository.name, private: true, auto_init: false };
  await ask(story, `${story.endpoints.github}/user/repos`, { method: 'POST', body: JSON.stringify(body) });
}

type Git = (...args: readonly string[]) => Promise<string>;

/** Git as a person uses it, with the demo's token in place of a password, and nothing of this machine's configuration. */
function gitIn(story: Teller, cwd: string): Git {
  const credentials = Buffer.from(`demo:${story.endpoints.token}`).toString('base64');
  const env = {
    PATH: story.searchPath,
    HOME: cwd,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Demo',
    GIT_AUTHOR_EMAIL: 'demo@example.com',
    GIT_COMMITTER_NAME: 'Demo',
    GIT_COMMITTER_EMAIL: 'demo@example.com',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${story.endpoints.git}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
  };
  return async (...args) => await run('git', args, { cwd, env });
}

/** @returns the commit's id */
async function commit(
  git: Git,
  work: string,
  files: Readonly<Record<string, string>>,
  subject: string,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(work, name)), { recursive: true });
    await writeFile(join(work, name), content);
  }
  await git('add', '--all');
  await git('commit', '--quiet', '--message', subject);
  return (await git('rev-parse', 'HEAD')).trim();
}

async function setUp(story: Teller, cloneUrl: string): Promise<void> {
  const cwd = join(story.folder, 'setup');
  await mkdir(cwd, { recursive: true });
  const output = await run(process.execPath, [cli, 'setup-repo', cloneUrl, '--yes'], {
    cwd,
    env: {
      PATH: story.searchPath,
      HOME: cwd,
      INIT_CWD: cwd,
      YB_SERVER: story.endpoints.dashboard,
      GITHUB_API_URL: story.endpoints.github,
      GITHUB_TOKEN: story.endpoints.token,
    },
  });
  for (const line of output.trimEnd().split('\n')) story.say(`  ${line}`);
}

const Statuses = z.array(
  z.object({
    id: z.number(),
    state: z.string(),
    description: z.string().nullable(),
    target_url: z.string().nullable(),
  }),
);

interface FinalStatus {
  readonly state: string;
}

/** Far more than a run takes; a demo that hangs should say so. */
const patienceMilliseconds = 240_000;

/** Tells each status of a commit as it comes, until the final one. */
async function follow(story: Teller, sha: string): Promise<FinalStatus> {
  story.say(`  pushed ${sha}`);
  const url = `${story.endpoints.github}/repos/${repository.owner}/${repository.name}/commits/${sha}/statuses`;
  const deadline = story.clock.now().getTime() + patienceMilliseconds;
  const seen = new Set<number>();
  while (story.clock.now().getTime() < deadline) {
    const statuses = parseValue(Statuses, await ask(story, url, {}), { what: 'statuses' });
    for (const status of statuses.toReversed().filter(({ id }) => !seen.has(id))) {
      if (seen.size === 0) story.say(`  page: ${status.target_url ?? ''}`);
      seen.add(status.id);
      story.say(`  ${status.state.padEnd(8)} ${status.description ?? ''}`);
    }
    const last = statuses[0];
    if (last !== undefined && last.state !== 'pending') return last;
    await story.clock.sleep(300);
  }
  throw new YbError('internal', `The demo did not go as described: ${sha} has no final status after 4 minutes`);
}

const Runs = z.object({ runs: z.array(z.object({ id: z.string(), sha: z.string() })) });
const RunTargets = z.object({ targets: z.array(z.object({ label: z.string(), status: z.string() })) });

async function failedTests(story: Teller, sha: string): Promise<string[]> {
  const base = `${story.endpoints.dashboard}/api/v1`;
  const list = await ask(story, `${base}/repos/${repository.owner}/${repository.name}/runs`, {});
  const found = parseValue(Runs, list, { what: 'runs' }).runs.find((one) => one.sha === sha);
  if (found === undefined) return [];
  const { targets } = parseValue(RunTargets, await ask(story, `${base}/runs/${found.id}`, {}), { what: 'run' });
  return targets.filter(({ status }) => status === 'FAILED').map(({ label }) => label);
}

async function ask(story: Teller, url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, {
    ...init,
    headers: { authorization: `Bearer ${story.endpoints.token}`, 'content-type': 'application/json' },
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new YbError('internal', `${url} answered ${response.status}: ${JSON.stringify(body)}`);
  return body;
}
