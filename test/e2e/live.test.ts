import { describe, expect, it } from 'vitest';
import type { LiveView } from '../../shared/api/schemas.ts';
import { clusterRepository, oneTest } from '../support/cluster-runs.ts';
import { inCluster } from '../support/local-system.ts';

const seconds = [2, 4, 6, 8];
/** What is promised, from the moment in which something is printed or known. */
const bound = 2000;

inCluster(
  (rig) => {
    describe('a run in a Pod', () => {
      it('shows lines and results of tests within two seconds', { timeout: 600_000 }, async () => {
        const files = oneTest('exit 0\n', {
          '.bazelrc': `test --local_test_jobs=${seconds.length}\n`,
          'one/BUILD.bazel': [
            'load("//tools:script_test.bzl", "script_test")',
            ...seconds.map((after) => `script_test(name = "test_${after}", src = "test_${after}.sh")`),
          ].join('\n'),
          // Each fails at its end and says what time it is then, by the clock of the one machine that all of this runs on.
          ...Object.fromEntries(
            seconds.map((after) => [
              `one/test_${after}.sh`,
              `sleep ${after}\necho "//one:test_${after} at $(date +%s%3N)."\nexit 1\n`,
            ]),
          ),
        });
        const run = await (await clusterRepository(rig(), { name: 'live', files })).start();
        const printed = new Map<string, number>();
        const lines = new Map<string, number>();
        const results = new Map<string, number>();
        let cursor: LiveView['cursor'] | undefined;
        let text = '';
        // As a page asks that is open.
        const view = await rig().until(
          'its end',
          async () => {
            const now = await run.live(cursor);
            cursor = now.cursor;
            text += now.log.text;
            for (const [, label = '', at] of text.matchAll(/(\/\/one:test_\d) at (\d+)\./g)) {
              printed.set(label, Number(at));
              if (!lines.has(label)) lines.set(label, Date.now());
            }
            for (const { label, status } of now.targets) {
              if (status === 'FAILED' && !results.has(label)) results.set(label, Date.now());
            }
            return now.run.state === 'finished' && now;
          },
          540,
        );
        expect(view.run).toMatchObject({ verdict: 'failed', attempt: 1 });
        expect(view.tests).toEqual({ known: 4, done: 4, failed: 4 });
        const delays = (seen: ReadonlyMap<string, number>): number[] =>
          [...printed].map(([label, at]) => (seen.get(label) ?? Infinity) - at).toSorted((one, other) => one - other);
        expect(printed.size).toBe(seconds.length);
        // The last one ends the build, and what is still to be said of it comes with the result.
        for (const seen of [lines, results])
          expect(delays(seen)[seconds.length - 2], delays(seen).join(', ')).toBeLessThanOrEqual(bound);
      });
    });
  },
  { job: { YB_JOB_CPU: '500m', YB_JOB_MEMORY: '1536Mi' } },
);
