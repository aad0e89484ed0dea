import { pastRun } from '../../../shared/history/history.ts';
import { liveName } from '../../../shared/attempt/layout.ts';
import type { Run } from '../../../shared/run/run.ts';
import { newRun } from '../../../shared/run/transitions.ts';
import { samplePull, sampleRun, sampleRunId } from '../../support/sample-run.ts';
import { addHistory } from './histories.ts';
import { archive, at, commitOf, counts, failedTarget, finishedRun, outcome, target } from './made-runs.ts';
import { createWorld, type World } from './dashboard-rig.ts';

const checkoutLog = [
  'yb: fetched 9b3a1c2 of refs/heads/main in 0.6 s',
  'yb: 3 of 412 files changed',
  'yb: bazel 7.4.1 test //... --test_output=errors',
].join('\n');

/** A log as Bazel writes it, with its colours. */
export function bazelLog(lines: number, end = ''): string {
  const green = '\u001b[32m';
  const off = '\u001b[0m';
  const progress = Array.from(
    { length: lines },
    (_, index) => `${green}INFO:${off} [${index + 1} / ${lines}] Compiling lib/part_${index + 1}.cc`,
  );
  return [checkoutLog, ...progress, end].join('\n');
}

const red = '\u001b[31m\u001b[1m';
const off = '\u001b[0m';

/** A dashboard with all of them, when the last has begun, and the address of each one's page by its name. */
export async function createScenes(): Promise<{ readonly world: World; readonly at: (name: string) => string }> {
  const world = await createWorld();
  const all = await addScenes(world);
  world.clock.advance(13 * 60_000);
  return { world, at: (name) => `/runs/${all[name]?.id ?? ''}` };
}

/** A few runs in every state a person may meet, with what they left behind. */
export async function addScenes(world: World): Promise<Record<string, Run>> {
  const names = ['codec', 'queue', 'retry', 'parser', 'cache', 'index', 'router', 'ledger', 'search', 'config'];
  const passing = names.map((name, index) =>
    target(`//lib/${name}:${name}_test`, 'PASSED', { cached: index > 2, durationMs: 180 + index * 410 }),
  );
  const failing = [
    failedTarget('//fetch:fetcher_test', 1, { durationMs: 2140 }),
    failedTarget('//fetch:backoff_property_test', 2, { status: 'TIMEOUT', durationMs: 60_020, attempts: 2 }),
  ];
  const failLog = [
    ...Array.from({ length: 41 }, (_, index) => `[ RUN      ] FetcherTest.Case${index + 1}`),
    `${red}fetch/fetcher_test.cc:118: Failure${off}`,
    'Expected equality of these values:',
    '  fetcher.attempts()',
    '    Which is: 1',
    '  3',
    'fetcher gave up after the first 503: <b>not</b> a "retryable" status & no Retry-After',
    `${red}[  FAILED  ]${off} FetcherTest.RetriesOn503 (12 ms)`,
    '[----------] 42 tests from FetcherTest (210 ms total)',
    `${red} 1 FAILED TEST${off}`,
  ].join('\n');
  const xml =
    '<testsuites><testsuite name="FetcherTest"><testcase name="RetriesOn503" classname="FetcherTest">' +
    '<failure message="fetcher.attempts(): expected 3, was 1"/></testcase></testsuite></testsuites>';
  const scenes: Record<string, Run> = {
    queued: sampleRun({
      id: sampleRunId(101),
      sha: commitOf(101),
      createdAt: at(12, 20),
      waitReason: 'waits for one of 2 volumes',
      commit: { subject: 'Keep the index sorted', author: 'jun', committedAt: null },
      ref: 'refs/heads/sorted-index',
    }),
    running: sampleRun({
      id: sampleRunId(102),
      sha: commitOf(102),
      state: 'running',
      createdAt: at(12),
      startedAt: at(12, 2),
      runningAt: at(12, 6),
      lease: { volume: 1, epoch: 3 },
      ref: 'refs/heads/faster-start',
      commit: { subject: 'Read settings once', author: 'mira', committedAt: null },
    }),
    failed: archive(
      world,
      finishedRun(103, {
        createdAt: at(9),
        commit: { subject: 'Add retry to fetcher', author: 'mira', committedAt: null },
        outcome: outcome({
          verdict: 'failed',
          reason: '2 of 14 tests failed: //fetch:fetcher_test, //fetch:backoff_property_test',
          fault: 'author',
          exitCode: 3,
          failed: failing.map(({ label, status }) => ({ label, status })),
          counts: counts({
            targets: 31,
            tests: 14,
            passed: 10,
            failed: 1,
            timedOut: 1,
            flaky: 2,
            cached: 7,
            executed: 7,
          }),
        }),
      }),
      {
        log: bazelLog(60, `${red}//fetch:fetcher_test FAILED in 2.1s${off}\nExecuted 7 out of 14 tests: 2 fail.\n`),
        targets: [
          ...failing,
          ...passing,
          target('//net:dns_test', 'FLAKY', { attempts: 2 }),
          target('//net:tls_test', 'FLAKY', { attempts: 3 }),
        ],
        tests: { 1: { log: failLog, xml }, 2: { log: '-- Test timed out at 2026-03-01 12:10:11 UTC --\n' } },
      },
    ),
    passed: archive(
      world,
      finishedRun(104, {
        createdAt: at(5),
        commit: { subject: 'Sort imports', author: 'jun', committedAt: null },
        outcome: outcome({
          verdict: 'passed',
          reason: 'All 10 tests passed',
          disappeared: {
            since: sampleRunId(103),
            otherTargets: false,
            count: 25,
            labels: Array.from({ length: 20 }, (_, index) => `//old:part_${index}_test`),
          },
          counts: counts({ targets: 24, tests: 10, passed: 10, cached: 7, executed: 3 }),
        }),
      }),
      { log: bazelLog(12, 'Executed 3 out of 10 tests: 10 tests pass.\n'), targets: passing },
    ),
    broken: archive(
      world,
      finishedRun(105, {
        createdAt: at(3),
        commit: { subject: 'Split parser into two targets', author: 'ana', committedAt: null },
        ref: 'refs/heads/split-parser',
        outcome: outcome({
          verdict: 'broken',
          reason: '//lib/parser:parser does not build: lib/parser/lexer.cc:41',
          fault: 'author',
          exitCode: 1,
          counts: counts({ targets: 24, tests: 10, passed: 0, failedToBuild: 1, notRun: 9 }),
        }),
      }),
      {
        log: bazelLog(30, `${red}ERROR:${off} Build did NOT complete successfully\n`),
        targets: [target('//lib/parser:parser_test', 'FAILED_TO_BUILD', { durationMs: null })],
        failures: [
          {
            label: '//lib/parser:parser',
            type: 'CppCompile',
            exitCode: 1,
            message:
              "lib/parser/lexer.cc:41:12: \u001b[31merror:\u001b[0m use of undeclared identifier 'Tok'\n   41 |     return Tok::kEnd;\n      |            ^~~\n1 error generated.",
          },
        ],
      },
    ),
    cancelled: finishedRun(106, {
      createdAt: at(-40),
      cancel: { by: 'mira', at: at(-39), newer: null },
      log: { complete: false, archived: true, bytes: 0, lines: 0 },
      commit: { subject: 'Try the new allocator', author: 'mira', committedAt: null },
      ref: 'refs/heads/allocator',
      outcome: outcome({ verdict: 'cancelled', reason: 'Cancelled by mira', exitCode: 8 }),
    }),
    infrastructure: finishedRun(107, {
      createdAt: at(-300),
      attempt: 3,
      log: null,
      commit: {
        subject: 'Update dependencies to their newest versions and drop the two that nothing uses any more',
        author: 'renovate[bot]',
        committedAt: null,
      },
      ref: 'refs/heads/renovate/all-minor-dependencies-of-the-whole-workspace',
      pastAttempts: [1, 2].map((attempt) => ({
        attempt,
        volume: attempt - 1,
        verdict: 'infrastructure',
        code: 'node-gone',
        exitCode: null,
        reason: 'The machine it ran on disappeared',
        finishedAt: at(-300 + attempt * 5),
      })),
      outcome: outcome({
        verdict: 'infrastructure',
        reason: 'The machine it ran on disappeared, three times',
        fault: 'infrastructure',
        exitCode: null,
        toolchain: null,
      }),
    }),
    awaitingApproval: sampleRun({
      ...newRun(samplePull(12), at(2)),
      id: sampleRunId(109),
      sha: commitOf(109),
      vouched: true,
      commit: { subject: 'Fix the docs of the fetcher', author: 'mallory', committedAt: null },
    }),
    noTests: archive(
      world,
      finishedRun(108, {
        createdAt: at(-3000),
        outcome: outcome({ verdict: 'no-tests', reason: 'No tests found', exitCode: 4 }),
        commit: { subject: 'First commit', author: 'mira', committedAt: null },
      }),
      { log: bazelLog(2) },
    ),
  };
  const running = { runId: sampleRunId(102), attempt: 1 };
  world.objects.put(liveName(running, 'chunk', 1), `${bazelLog(60)}\n`);
  world.objects.put(
    liveName(running, 'targets', 1),
    JSON.stringify({
      v: 1,
      targets: [
        ...passing.slice(0, 5),
        ...passing.slice(5).map((each) => target(each.label, 'NO_STATUS')),
        target('//fetch:fetcher_test', 'FAILED'),
      ],
      failures: [],
    }),
  );
  for (const run of Object.values(scenes)) await world.addRun(run);
  const { failed } = scenes;
  if (failed === undefined) throw new Error('it is there');
  await addHistory(
    world,
    {
      '//fetch:fetcher_test': 'PPLPPLPPLPPPPPPPPPPFF',
      '//fetch:backoff_property_test': 'PPPPPPPPPPPPPPPPPPPPT',
      '//net:dns_test': 'LPLPPLPPPPPLPPPPPPPPL',
      '//net:tls_test': 'PPPPPPPPPPPPPPPPPPPPL',
    },
    { last: pastRun(failed, 'refs/heads/main') },
  );
  return scenes;
}
