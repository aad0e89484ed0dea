import { expect, it } from 'vitest';
import type { RunOutcome } from '../../shared/run/run.ts';
import { statusOf } from '../../shared/run/status.ts';
import { RunDetails } from '../../shared/api/schemas.ts';
import { hastyClock, runYb } from '../cli/run-yb.ts';
import { createWorld } from './dashboard/dashboard-rig.ts';
import { finishedRun, outcome } from './dashboard/made-runs.ts';

const causes: Readonly<Record<Exclude<RunOutcome['verdict'], 'passed'>, string>> = {
  failed: '2 of 14 tests failed: //fetch:fetcher_test, //fetch:backoff_test',
  broken: '//lib/parser:parser does not build: lib/parser/lexer.cc:41: expected ‘;’ before <return>',
  'no-tests': 'The 12 tests of the run before disappeared: //a:a_test & others',
  'timed-out': 'The run was ended after 1 h',
  cancelled: 'cancelled by mira',
  superseded: 'superseded by a1b2c3d',
  skipped: 'skipped: [skip ci]',
  infrastructure: 'The node was lost, three times',
};

it.each(Object.entries(causes))(
  'a run that is %s says why in the same words wherever it is seen',
  async (verdict, reason) => {
    const world = await createWorld();
    const made = outcome({ verdict: verdict as RunOutcome['verdict'], reason, code: 'tests-disappeared' });
    const run = finishedRun(1, { outcome: made });
    await world.addRun(run);
    expect(statusOf(run, 'https://ci.example.com').status.description).toBe(reason);

    const answer = await world.api(`/api/v1/runs/${run.id}`, { token: 'reader' });
    expect(RunDetails.parse(await answer.json()).reason).toBe(reason);

    const page = await world.app.request(`/runs/${run.id}`, { headers: { cookie: world.cookieOf('reader') } });
    const html = await page.text();
    const first = html.slice(html.indexOf('id="summary"'), html.indexOf('</section>', html.indexOf('id="summary"')));
    expect(first).toContain(
      `<p class="reason">${reason.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</p>`,
    );

    const { stdout } = await runYb(['view', run.id], {
      environment: { YB_SERVER: 'https://ci.example.com', YB_TOKEN: 'reader' },
      clock: hastyClock(),
      fetch: async (url, init) =>
        await world.app.request(new URL(url instanceof Request ? url.url : url).pathname, init),
    });
    expect(stdout.split('\n')).toContain(reason);
  },
);
