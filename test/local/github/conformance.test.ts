import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Description, loadDescription } from './openapi.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  cloneNew,
  commit,
  eventually,
  git,
  startForTest,
  startReceiver,
} from './github-rig.ts';

const Numbered = z.object({ id: z.int() });

describe('the REST API', () => {
  let description: Description;
  beforeAll(() => {
    description = loadDescription();
  });

  /** A server whose every request and answer is held against GitHub's description. */
  async function setUp() {
    const github = await startForTest();
    const problems: string[] = [];
    const ask = async (method: string, path: string, status: number, request: ApiRequest = {}): Promise<ApiAnswer> => {
      const answer = await github.api(method, path, request);
      const { body } = answer;
      expect(`${method} ${path} ${String(answer.status)}`).toBe(`${method} ${path} ${String(status)}`);
      const found = [
        ...description.checkAnswer({ method, path, status: answer.status, body }),
        ...(request.body === undefined || status >= 400
          ? []
          : description.checkRequest({ method, path }, request.body)),
      ];
      problems.push(...found.map((problem) => `${method} ${path}: ${problem}`));
      return answer;
    };
    return { github, problems, ask };
  }

  it('answers questions about users, repositories and commits as GitHub describes', async () => {
    const { github, problems, ask } = await setUp();
    const { folder, fullName } = await cloneNew(github);
    const base = await git(folder, 'rev-parse', 'HEAD');
    await commit(folder, 'Second');
    await git(folder, 'push', '--quiet', 'origin', 'main', 'main:refs/heads/topic/a', 'main:refs/tags/v1');
    const repo = `/repos/${fullName}`;

    await ask('GET', '/meta', 200);
    await ask('GET', '/rate_limit', 200);
    await ask('GET', '/user', 200);
    await ask('GET', '/users/other', 200);
    await ask('GET', '/users/demo/repos', 200);
    await ask('GET', '/user/repos', 200);
    await ask('POST', '/user/repos', 201, { body: { name: 'second', private: true, description: 'x' } });
    await ask('GET', repo, 200);
    await ask('PATCH', repo, 200, { body: { description: 'new' } });
    await ask('GET', `${repo}/commits`, 200);
    await ask('GET', `${repo}/commits/main`, 200);
    await ask('GET', `${repo}/compare/${base}...main`, 200);

    expect(problems).toEqual([]);
  });

  it('answers about statuses, collaborators and pull requests as GitHub describes', async () => {
    const { github, problems, ask } = await setUp();
    const { folder, fullName } = await cloneNew(github);
    const sha = await commit(folder, 'Topic');
    await git(folder, 'push', '--quiet', 'origin', 'main:refs/heads/topic');
    const repo = `/repos/${fullName}`;

    const status = { state: 'pending', context: 'yb', description: 'running', target_url: 'https://ci.example.com/1' };
    await ask('POST', `${repo}/statuses/${sha}`, 201, { body: status });
    await ask('GET', `${repo}/commits/${sha}/statuses`, 200);
    await ask('GET', `${repo}/commits/${sha}/status`, 200);
    await ask('POST', `${repo}/commits/${sha}/comments`, 201, { body: { body: '`main` is red' } });
    await ask('GET', `${repo}/commits/${sha}/comments`, 200);
    await ask('GET', `${repo}/comments`, 200);
    await ask('PUT', `${repo}/collaborators/other`, 204, { body: { permission: 'push' } });
    await ask('DELETE', `${repo}/collaborators/other`, 204);
    await ask('POST', `${repo}/pulls`, 201, { body: { title: 'Topic', head: 'topic', base: 'main' } });
    await ask('GET', `${repo}/pulls`, 200);
    await ask('GET', `${repo}/pulls/1`, 200);
    await ask('PATCH', `${repo}/pulls/1`, 200, { body: { state: 'closed' } });
    await ask('GET', `${repo}/git/ref/pull/1/head`, 200);
    await ask('GET', `${repo}/git/ref/heads/topic`, 200);
    await ask('GET', `${repo}/git/ref/heads/top`, 404);
    await ask('PUT', `${repo}/collaborators/other`, 204, { body: { permission: 'pull' } });
    const { otherToken: token } = github;
    await ask('POST', `${repo}/forks`, 202, { token });
    await ask('POST', `${repo}/pulls`, 201, { token, body: { title: 'Fork', head: 'other:topic', base: 'main' } });
    await ask('DELETE', repo, 204);

    expect(problems).toEqual([]);
  });

  it('answers about hooks and their deliveries as GitHub describes', async () => {
    const { github, problems, ask } = await setUp();
    const receiver = await startReceiver();
    const { fullName } = await cloneNew(github);
    const hooks = `/repos/${fullName}/hooks`;
    const config = { url: receiver.url, content_type: 'json', secret: 'sixteen letters!', insecure_ssl: '0' };

    const made = await ask('POST', hooks, 201, { body: { config, events: ['push', 'pull_request'] } });
    const hook = `${hooks}/${String(Numbered.parse(made.body).id)}`;
    await ask('GET', hooks, 200);
    await ask('GET', hook, 200);
    await ask('PATCH', hook, 200, { body: { config, active: true, add_events: ['status'] } });
    await ask('GET', `${hook}/config`, 200);
    await ask('PATCH', `${hook}/config`, 200, { body: { insecure_ssl: '1' } });
    await ask('POST', `${hook}/pings`, 204);
    await ask('POST', `${hook}/tests`, 204);
    const [delivery] = await eventually(async () => {
      const all = z.array(Numbered).parse((await ask('GET', `${hook}/deliveries`, 200)).body);
      expect(all).not.toEqual([]);
      return all;
    });
    await ask('GET', `${hook}/deliveries/${String(delivery?.id)}`, 200);
    await ask('POST', `${hook}/deliveries/${String(delivery?.id)}/attempts`, 202);
    await ask('DELETE', hook, 204);

    expect(problems).toEqual([]);
  });

  it('is held to a description that finds what is missing or wrong', async () => {
    const { github } = await setUp();
    const { body } = await github.api('GET', '/user');
    const whole = z.record(z.string(), z.unknown()).parse(body);
    const { ['login']: _, ...without } = whole;

    const problems = description.checkAnswer({
      method: 'GET',
      path: '/user',
      status: 200,
      body: { ...without, id: 'one', html_url: 'no address' },
    });

    expect(problems).toContain("body: must have required property 'login'");
    expect(problems).toContain('body/id: must be integer');
    expect(problems).toContain('body/html_url: must match format "uri"');
    expect(description.checkAnswer({ method: 'GET', path: '/user', status: 302, body: '' })).toHaveLength(1);
  });

  it('refuses in the form that GitHub describes', async () => {
    const { github, problems, ask } = await setUp();
    const { fullName } = await cloneNew(github);
    const repo = `/repos/${fullName}`;
    const sha = '1'.repeat(40);

    await ask('GET', '/user', 401, { token: 'github_pat_wrong' });
    await ask('GET', '/user', 401, { token: null });
    await ask('GET', '/repos/demo/nothing', 404);
    await ask('POST', '/user/repos', 422, { body: { name: 'app' } });
    await ask('POST', '/user/repos', 400, { body: '{' });
    await ask('POST', `${repo}/hooks`, 422, { body: { config: {} } });
    await ask('GET', `${repo}/hooks`, 404, { token: github.otherToken });
    await ask('PATCH', repo, 403, { token: github.otherToken, body: {} });
    await ask('GET', `${repo}/commits/${sha}`, 422);

    expect(problems).toEqual([]);
  });
});
