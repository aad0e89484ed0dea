import { describe, expect, it } from 'vitest';
import type { LiveView } from '../../shared/api/live-schemas.ts';
import { clusterRepository, oneTest } from '../support/cluster-runs.ts';
import { inCluster } from '../support/local-system.ts';

const failing = ['//one:first_test', '//one:second_test'];

inCluster(
  (rig) => {
    describe('a run in a Pod', () => {
      // How long that takes is measured by `npm run bench -- line`; a busy machine says nothing about it.
      it('shows lines and results of tests while it prints nothing more', { timeout: 600_000 }, async () => {
        const files = oneTest('sleep 1800\n', {
          '.bazelrc': 'test --local_test_jobs=3\n',
          'one/BUILD.bazel': [
            'load("//tools:script_test.bzl", "script_test")',
            ...['first', 'second', 'one'].map(
              (name) => `script_test(name = "${name}_test", size = "enormous", src = "${name}_test.sh")`,
            ),
          ].join('\n'),
          'one/first_test.sh': 'echo "the first one fails"\nexit 1\n',
          'one/second_test.sh': 'sleep 3\necho "the second one fails"\nexit 1\n',
        });
        const run = await (await clusterRepository(rig(), { name: 'live', files })).start();
        let cursor: LiveView['cursor'] | undefined;
        let text = '';
        const results = new Map<string, string>();
        // As a page asks that is open. The last test ends only if the run is cancelled, which nobody does before all is seen.
        const view = await rig().until(
          'what has been printed, and what has failed',
          async () => {
            const now = await run.live(cursor);
            cursor = now.cursor;
            text += now.log.text;
            for (const { label, status } of now.targets) results.set(label, status);
            expect(now.run.state, text).not.toBe('finished');
            const printed = /first one fails/.test(text) && /second one fails/.test(text);
            return printed && failing.every((label) => results.get(label) === 'FAILED') && now;
          },
          540,
        );
        expect(view.run).toMatchObject({ state: 'running', verdict: null, attempt: 1 });
        expect(view.tests).toEqual({ known: 3, done: 2, failed: 2 });
        await run.cancel();
        expect(await run.ended()).toMatchObject({ verdict: 'cancelled', attempt: 1 });
      });
    });
  },
  { job: { YB_JOB_CPU: '500m', YB_JOB_MEMORY: '1536Mi' } },
);
