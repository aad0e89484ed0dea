import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { startForTest } from './github-rig.ts';

async function setUp() {
  const reporter = {
    value: 'github_pat_reporter',
    permissions: { contents: 'read' as const, statuses: 'write' as const },
  };
  const reader = { value: 'github_pat_reader', permissions: { contents: 'read' as const } };
  const github = await startForTest({ users: [{ login: 'demo', tokens: [reporter, reader] }] });
  await github.api('POST', '/user/repos', { body: { name: 'app', auto_init: true } });
  const head = await github.api('GET', '/repos/demo/app/commits/main');
  const { sha } = z.object({ sha: z.string() }).parse(head.body);
  const set = async (body: unknown, token?: string | null) =>
    await github.api('POST', `/repos/demo/app/statuses/${sha}`, { body, ...(token === undefined ? {} : { token }) });
  return { github, sha, set, reporter: reporter.value, reader: reader.value };
}

describe('commit statuses', () => {
  it('are combined from the last of each context', async () => {
    const { github, sha, set } = await setUp();
    const combined = async (): Promise<unknown> =>
      (await github.api('GET', '/repos/demo/app/commits/main/status')).body;

    expect(await combined()).toMatchObject({ state: 'pending', total_count: 0, sha });
    await set({ state: 'pending', context: 'yb', description: 'running' });
    await set({ state: 'success', context: 'lint' });
    expect(await combined()).toMatchObject({ state: 'pending', total_count: 2 });
    await set({ state: 'success', context: 'yb', description: 'passed', target_url: 'https://ci.example.com/runs/1' });
    expect(await combined()).toMatchObject({ state: 'success', total_count: 2 });
    await set({ state: 'error', context: 'lint' });
    expect(await combined()).toMatchObject({ state: 'failure' });

    const all = (await github.api('GET', `/repos/demo/app/commits/${sha}/statuses`)).body;
    expect(all).toMatchObject([
      { context: 'lint', state: 'error' },
      { context: 'yb', state: 'success', target_url: 'https://ci.example.com/runs/1', creator: { login: 'demo' } },
      { context: 'lint', state: 'success' },
      { context: 'yb', state: 'pending', description: 'running' },
    ]);
  });

  it.each([
    { what: 'an unknown state', body: { state: 'passed' }, field: 'state' },
    { what: 'no state', body: {}, field: 'state' },
    {
      what: 'a description of 141 characters',
      body: { state: 'success', description: 'é'.repeat(141) },
      field: 'description',
    },
    { what: 'a context of 256 characters', body: { state: 'success', context: 'c'.repeat(256) }, field: 'context' },
    {
      what: 'a link that is no web address',
      body: { state: 'success', target_url: 'javascript:1' },
      field: 'target_url',
    },
  ])('are refused with $what', async ({ body, field }) => {
    const { set } = await setUp();

    const answer = await set(body);

    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      message: 'Validation Failed',
      errors: [{ resource: 'Status', code: 'custom', field }],
    });
  });

  it('may have a description of 140 characters', async () => {
    const { set } = await setUp();

    expect((await set({ state: 'success', description: '🎉'.repeat(140) })).status).toBe(201);
  });

  it.each(['1'.repeat(40), 'main', 'short'])('are refused for %s, which is no commit', async (sha) => {
    const { github } = await setUp();

    const answer = await github.api('POST', `/repos/demo/app/statuses/${sha}`, { body: { state: 'success' } });

    expect(answer).toMatchObject({ status: 422, body: { message: `No commit found for SHA: ${sha}` } });
  });

  it('are refused beyond a thousand of one commit and context', async () => {
    const { github, sha, set } = await setUp();
    for (let count = 0; count < 2; count += 1) await set({ state: 'pending', context: 'yb' });
    await github.stop();
    // The other 997 are written where the server will find them: asking a thousand times takes its time.
    const file = join(github.stateDir, 'state.json');
    const State = z.looseObject({ statuses: z.record(z.string(), z.array(z.looseObject({ id: z.int() }))) });
    const state = State.parse(JSON.parse(await readFile(file, 'utf8')));
    for (const [key, [first]] of Object.entries(state.statuses)) {
      const more = Array.from({ length: 997 }, (_, index) => ({ ...first, id: index + 1 }));
      state.statuses[key] = [...more, ...(state.statuses[key] ?? [])];
    }
    await writeFile(file, JSON.stringify(state));
    const { api } = await startForTest({ stateDir: github.stateDir });
    const again = async (context: string) =>
      await api('POST', `/repos/demo/app/statuses/${sha}`, { body: { state: 'success', context } });

    expect((await again('yb')).status).toBe(201);
    expect(await again('yb')).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'This SHA and context has reached the maximum number of statuses.' }] },
    });
    expect((await again('other')).status).toBe(201);
  });

  it('are set by those who may write, with a token that may', async () => {
    const { github, set, reporter, reader } = await setUp();
    const body = { state: 'success' };

    expect((await set(body, reporter)).status).toBe(201);
    expect((await set(body, reader)).status).toBe(403);
    expect((await set(body, github.otherToken)).status).toBe(403);
    expect((await set(body, null)).status).toBe(401);
    await github.api('PATCH', '/repos/demo/app', { body: { private: true } });
    expect((await set(body, github.otherToken)).status).toBe(404);
  });
});
