import { describe, expect, it } from 'vitest';
import { ProblemView, RunDetails, RunList, RunView, ServerView } from '../../../shared/api/schemas.ts';
import { liveName } from '../../../shared/attempt/layout.ts';
import { YbError } from '../../../shared/errors.ts';
import { sampleRun, sampleRunId, sampleSha } from '../../support/sample-run.ts';
import { at, finishedRun, outcome, target } from './made-runs.ts';
import { addScenes } from './scenes.ts';
import { createWorld, dashboardUrl, type World } from './dashboard-rig.ts';

const runs = '/api/v1/repos/mira/shop/runs';

async function json(response: Response): Promise<unknown> {
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  return await response.json();
}

async function withRuns(count: number): Promise<World> {
  const world = await createWorld();
  for (let index = 0; index < count; index += 1) {
    await world.addRun(sampleRun({ id: sampleRunId(index), createdAt: at(index) }));
  }
  return world;
}

describe('the server', () => {
  it('tells anybody its addresses', async () => {
    const world = await createWorld();
    const view = ServerView.strict().parse(await json(await world.api('/api/v1/server')));
    expect(view).toEqual({
      name: 'yb',
      version: '0.1.0',
      install: null,
      signIn: { url: 'https://github.com', clientId: 'client' },
      webhook: 'https://hooks.example.com',
      dashboard: dashboardUrl,
    });
  });
});

describe('the runs of a repository', () => {
  it('come newest first, each with these fields and no others', async () => {
    const world = await createWorld();
    await addScenes(world);
    const list = RunList.parse(await json(await world.api(runs, { token: 'reader' })));
    expect(list.runs.map(({ createdAt }) => createdAt)).toEqual(
      list.runs
        .map(({ createdAt }) => createdAt)
        .toSorted()
        .toReversed(),
    );
    for (const run of list.runs) expect(Object.keys(run)).toEqual(Object.keys(RunView.shape));
    expect(list.runs.find(({ id }) => id === sampleRunId(103))).toMatchObject({
      state: 'finished',
      verdict: 'failed',
      reason: '2 of 14 tests failed: //fetch:fetcher_test, //fetch:backoff_property_test',
      ref: 'refs/heads/main',
      attempt: 1,
      waitReason: null,
      createdAt: '2026-03-01T12:09:00.000Z',
      finishedAt: '2026-03-01T12:10:16.000Z',
      url: `${dashboardUrl}/runs/${sampleRunId(103)}`,
    });
    expect(list.runs[0]).toMatchObject({ state: 'queued', verdict: null, waitReason: 'waits for one of 2 volumes' });
  });

  it('go on where the last page ended', async () => {
    const world = await withRuns(7);
    const first = RunList.parse(await json(await world.api(`${runs}?limit=4`, { token: 'reader' })));
    const before = first.runs.at(-1)?.createdAt ?? '';
    const second = RunList.parse(await json(await world.api(`${runs}?limit=4&before=${before}`, { token: 'reader' })));
    expect([...first.runs, ...second.runs].map(({ id }) => id)).toEqual([6, 5, 4, 3, 2, 1, 0].map(sampleRunId));
  });

  it.each(['verdict=red', 'author=', 'limit=0', 'limit=101', 'limit=x', 'before=yesterday'])(
    'with %s are refused',
    async (query) => {
      const world = await createWorld();
      const response = await world.api(`${runs}?${query}`, { token: 'reader' });
      expect(ProblemView.parse(await response.json())).toMatchObject({ status: 400, code: 'bad-request' });
    },
  );
});

describe('a run', () => {
  it('has its targets and what is known of its log', async () => {
    const world = await createWorld();
    await addScenes(world);
    const run = RunDetails.strict().parse(
      await json(await world.api(`/api/v1/runs/${sampleRunId(103)}`, { token: 'reader' })),
    );
    expect(run.targets).toHaveLength(14);
    expect(run.targets.find(({ label }) => label === '//fetch:backoff_property_test')).toEqual({
      label: '//fetch:backoff_property_test',
      status: 'TIMEOUT',
      attempts: 2,
      cached: false,
      durationMs: 60_020,
      log: `${dashboardUrl}/api/v1/runs/${sampleRunId(103)}/attempts/1/tests/2/log`,
    });
    expect(run.targets.find(({ status }) => status === 'PASSED')?.log).toBeNull();
    const log = await world.api(`/api/v1/runs/${sampleRunId(103)}/attempts/1/tests/2/log`, { token: 'reader' });
    expect([log.status, log.headers.get('location')]).toEqual([302, expect.stringContaining('/tests/2/test.log')]);
    expect(run.log.complete).toBe(true);
    expect(run.log.lines).toBe(65);
    expect(run.log.bytes).toBeGreaterThan(1_000);
  });

  it('that goes on has what is known so far', async () => {
    const world = await createWorld();
    await addScenes(world);
    const run = RunDetails.parse(await json(await world.api(`/api/v1/runs/${sampleRunId(102)}`, { token: 'reader' })));
    expect(run.targets).toHaveLength(11);
    expect(run.log).toMatchObject({ complete: false, lines: null });
    expect(run.log.bytes).toBeGreaterThan(1000);
  });

  it('that waits has neither', async () => {
    const world = await createWorld();
    await addScenes(world);
    const run = RunDetails.parse(await json(await world.api(`/api/v1/runs/${sampleRunId(101)}`, { token: 'reader' })));
    expect(run).toMatchObject({ targets: [], log: { complete: false, bytes: 0 } });
  });

  it('without the list of its targets shows what came while it ran', async () => {
    const world = await createWorld();
    const run = finishedRun(5, { outcome: outcome({ verdict: 'infrastructure' }) });
    await world.addRun(run);
    const piece = { v: 1, targets: [target('//a:a', 'PASSED')], failures: [] };
    world.objects.put(liveName({ runId: run.id, attempt: 1 }, 'targets', 1), JSON.stringify(piece));
    const view = RunDetails.parse(await json(await world.api(`/api/v1/runs/${run.id}`, { token: 'reader' })));
    expect(view.targets.map(({ label }) => label)).toEqual(['//a:a']);
  });
});

describe('starting a run', () => {
  it.each(['main', 'refs/heads/main', 'feature/x', 'refs/heads/feature/x'])('of the branch %s', async (ref) => {
    const world = await createWorld();
    const response = await world.api(runs, { token: 'writer', method: 'POST', body: { ref } });
    expect(response.status).toBe(201);
    const run = RunView.strict().parse(await json(response));
    expect(response.headers.get('location')).toBe(`${dashboardUrl}/api/v1/runs/${run.id}`);
    expect(world.published).toEqual([
      expect.objectContaining({
        type: 'run.requested',
        runId: run.id,
        repoId: '42',
        ref: ref.startsWith('refs/') ? ref : `refs/heads/${ref}`,
        sha: sampleSha(9),
        trigger: { source: 'manual', delivery: null, actor: 'writer' },
      }),
    ]);
  });

  it('is accepted when nobody has written it down in time', async () => {
    const world = await createWorld({ schedules: false });
    const response = await world.api(runs, { token: 'writer', method: 'POST', body: { ref: 'main' } });
    expect(response.status).toBe(202);
    expect(RunView.parse(await json(response))).toMatchObject({ state: 'queued', attempt: 1 });
  });

  it.each([
    ['a branch that is not there', 'gone', 'no branch "gone"'],
    ['a pull request', 'refs/pull/7/head', 'Pull requests'],
    ['a tag', 'refs/tags/v1', 'Only branches'],
    ['what git would not take for a name', 'a..b', 'cannot be the name'],
    ['a path out of the repository', '../../user', 'cannot be the name'],
    ['a name with a line end', 'main\n', 'cannot be the name'],
  ])('is refused for %s', async (_, ref, words) => {
    const world = await createWorld();
    const response = await world.api(runs, { token: 'writer', method: 'POST', body: { ref } });
    const problem = ProblemView.parse(await response.json());
    expect(problem).toMatchObject({ status: 422, code: 'unprocessable' });
    expect(problem.detail).toContain(words);
    expect(world.published).toEqual([]);
  });

  it('tells when the message could not be sent', async () => {
    const world = await createWorld({
      publish: async () => await Promise.reject(new YbError('publish-failed', 'Pub/Sub cannot be reached')),
    });
    const response = await world.api(runs, { token: 'writer', method: 'POST', body: { ref: 'main' } });
    expect(response.status).toBe(503);
    expect(world.logged.some(({ level }) => level === 'error')).toBe(true);
  });

  it('again takes the same commit of the same branch', async () => {
    const world = await createWorld();
    const scenes = await addScenes(world);
    const response = await world.api(`/api/v1/runs/${sampleRunId(103)}/rerun`, { token: 'writer', method: 'POST' });
    expect(response.status).toBe(201);
    const run = RunView.parse(await json(response));
    expect(run).toMatchObject({ ref: 'refs/heads/main', sha: scenes['failed']?.sha });
    expect(run.id).not.toBe(sampleRunId(103));
    expect(world.published[0]).toMatchObject({
      trigger: { source: 'rerun', actor: 'writer' },
      commit: { author: 'mira' },
    });
  });

  it('twice by two clicks makes two runs', async () => {
    const world = await createWorld();
    const post = async () =>
      RunView.parse(await (await world.api(runs, { token: 'writer', method: 'POST', body: { ref: 'main' } })).json());
    expect((await post()).id).not.toBe((await post()).id);
  });

  it('twice by one click makes one run, of one repository', async () => {
    const world = await createWorld();
    const post = async (click: string): Promise<Response> =>
      await world.api(runs, { token: 'writer', method: 'POST', body: { ref: 'main', click } });
    const [one, other] = [await post('ab'.repeat(16)), await post('ab'.repeat(16))];
    expect(RunView.parse(await one.json()).id).toBe(RunView.parse(await other.json()).id);
    expect((await post('short')).status).toBe(400);
  });
});

describe('cancelling a run', () => {
  it('asks for its end and shows it as it is', async () => {
    const world = await createWorld();
    await addScenes(world);
    const response = await world.api(`/api/v1/runs/${sampleRunId(102)}/cancel`, { token: 'writer', method: 'POST' });
    expect(response.status).toBe(202);
    expect(RunView.parse(await json(response))).toMatchObject({ state: 'running' });
    expect(world.published).toEqual([
      { v: 1, type: 'run.cancelled', runId: sampleRunId(102), by: 'writer', requestedAt: expect.any(String) as string },
    ]);
  });

  it('that has ended changes nothing', async () => {
    const world = await createWorld();
    await addScenes(world);
    const response = await world.api(`/api/v1/runs/${sampleRunId(103)}/cancel`, { token: 'writer', method: 'POST' });
    expect(response.status).toBe(202);
    expect(world.published).toEqual([]);
  });
});
