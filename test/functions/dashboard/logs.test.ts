import { describe, expect, it } from 'vitest';
import { buildLogName, liveName, testFileName } from '../../../shared/attempt/layout.ts';
import { sampleRun, sampleRunId } from '../../support/sample-run.ts';
import { startTestStorage } from '../../support/storage.ts';
import { at, finishedRun, outcome } from './made-runs.ts';
import { createWorld } from './dashboard-rig.ts';

const ref = { runId: sampleRunId(1), attempt: 1 };
const lines = (count: number, from = 1): string =>
  Array.from({ length: count }, (_, index) => `line ${from + index}\n`).join('');

describe('the address of a run’s log', () => {
  it('leads to a signed link of the archive, new with each click and good for minutes', async () => {
    const storage = await startTestStorage();
    const world = await createWorld();
    world.objects.signedUrl = storage.store.signedUrl;
    const run = finishedRun(1, { outcome: outcome({ verdict: 'passed' }) });
    await world.addRun(run);
    await storage.store.write(buildLogName(ref), Buffer.from(lines(3)), { contentType: 'text/plain; charset=utf-8' });

    const link = await world.api(`/api/v1/runs/${run.id}/log`, { token: 'reader' });

    expect(link.status).toBe(302);
    expect(link.headers.get('cache-control')).toBe('private, no-store');
    const url = link.headers.get('location') ?? '';
    const log = await fetch(url);
    expect(await log.text()).toBe(lines(3));
    expect(log.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect((await fetch(url.replace('build.log', 'targets.json'))).status).toBe(403);
    storage.clock.advance(301_000);
    expect((await fetch(url)).ok).toBe(false);
    const again = await world.app.request(`/runs/${run.id}/log`, { headers: { cookie: world.cookieOf('reader') } });
    expect(await (await fetch(again.headers.get('location') ?? '')).text()).toBe(lines(3));
  });

  it('gives the text so far while the run goes on', async () => {
    const world = await createWorld();
    await world.addRun(sampleRun({ state: 'running', startedAt: at(0) }));
    for (let number = 1; number <= 3; number += 1) {
      world.objects.put(liveName(ref, 'chunk', number), lines(2, number * 2 - 1));
    }
    const response = await world.api(`/api/v1/runs/${ref.runId}/log`, { token: 'reader' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('x-yb-log-complete')).toBe('false');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toBe(lines(6));
  });

  it('of a failed test leads to a link of that file alone', async () => {
    const world = await createWorld();
    const run = finishedRun(1, { outcome: outcome({ verdict: 'failed' }) });
    await world.addRun(run);
    const link = await world.app.request(`/runs/${run.id}/attempts/1/tests/12/log`, {
      headers: { cookie: world.cookieOf('reader') },
    });
    expect(link.headers.get('location')).toBe(
      `https://storage.example.com/${testFileName(ref, { number: 12, file: 'log' })}`,
    );
  });

  it.each(['0/tests/1', '1/tests/x', '1/tests/..%2f..', '1/tests/1234567', '100/tests/1'])(
    'is none for attempts/%s',
    async (rest) => {
      const world = await createWorld();
      await world.addRun(finishedRun(1, { outcome: outcome({ verdict: 'failed' }) }));
      const response = await world.app.request(`/runs/${ref.runId}/attempts/${rest}/log`, {
        headers: { cookie: world.cookieOf('reader') },
      });
      expect(response.status).toBe(404);
    },
  );
});
