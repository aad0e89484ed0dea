import * as z from 'zod';
import type { Clock } from '../shared/outside/clock.ts';
import { YbError } from '../shared/errors.ts';
import { parseValue } from '../shared/json.ts';
import { type Author, type Status, createAuthor } from './author.ts';
import { breakingChange, brokenTest, demoRepository, harmlessChange } from './demo-repository.ts';
import type { Endpoints } from './system.ts';

export interface Story {
  readonly say: (line: string) => void;
  readonly clock: Clock;
  readonly endpoints: Endpoints;
  /** A folder of its own. */
  readonly folder: string;
  /** PATH for git. */
  readonly searchPath: string;
}

const repository = { owner: 'demo', name: 'hello-bazel' } as const;

/**
 * A newcomer's first two minutes: a repository, `yb setup-repo`, a push that passes, and one that breaks a test.
 * @throws YbError `internal` that says what did not go as described
 */
export async function tellStory(story: Story): Promise<void> {
  const { say } = story;
  const author = await createAuthor({ ...story, ...repository });
  say(`A repository with four tests: ${author.cloneUrl}`);
  await author.createRepository();
  await author.push(demoRepository, 'Say hello and add numbers');

  say('');
  say(`$ yb setup-repo ${author.cloneUrl} --yes`);
  const said = await author.yb('setup-repo', author.cloneUrl, '--yes');
  for (const line of said.trimEnd().split('\n')) say(`  ${line}`);
  await author.git('pull', '--quiet', '--ff-only', 'origin', 'main');

  say('');
  say('A commit, pushed with git:');
  const first = await author.push(harmlessChange, 'Say in the README that pushes are tested');
  const passed = await follow(story, author, first);
  expect(passed.state === 'success', `the status of ${first} is ${passed.state}, not success`);

  say('');
  say('A commit that breaks a test:');
  const second = await author.push(breakingChange, 'Greet people less loudly');
  const failed = await follow(story, author, second);
  expect(failed.state === 'failure', `the status of ${second} is ${failed.state}, not failure`);
  const labels = await failedTests(story, author, second);
  expect(labels.includes(brokenTest), `${brokenTest} should have failed; failed: ${labels.join(', ') || 'none'}`);
  say(`  failing test: ${labels.join(', ')}`);
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new YbError('internal', `The demo did not go as described: ${otherwise}`);
}

/** Far more than a run takes; a demo that hangs should say so. */
const patienceMilliseconds = 240_000;

/** Tells each status of a commit as it comes, until the final one. */
async function follow(story: Story, author: Author, sha: string): Promise<Status> {
  story.say(`  pushed ${sha}`);
  const deadline = story.clock.now().getTime() + patienceMilliseconds;
  const seen = new Set<number>();
  while (story.clock.now().getTime() < deadline) {
    const statuses = await author.statuses(sha);
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

async function failedTests(story: Story, author: Author, sha: string): Promise<string[]> {
  const api = `${story.endpoints.dashboard}/api/v1`;
  const list = await author.ask(`${api}/repos/${repository.owner}/${repository.name}/runs`);
  const found = parseValue(Runs, list, { what: 'runs' }).runs.find((one) => one.sha === sha);
  if (found === undefined) return [];
  const { targets } = parseValue(RunTargets, await author.ask(`${api}/runs/${found.id}`), { what: 'run' });
  return targets.filter(({ status }) => status === 'FAILED').map(({ label }) => label);
}
