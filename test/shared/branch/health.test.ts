import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BranchHealth, heard } from '../../../shared/branch/health.ts';
import { inAge } from '../../../shared/run/commit-report.ts';
import type { News } from '../../../shared/run/news.ts';
import type { Run, RunOutcome } from '../../../shared/run/run.ts';
import { noon, sampleRun, sampleRunId, sampleSha } from '../../support/sample-run.ts';

type Verdict = RunOutcome['verdict'];

interface Told {
  readonly verdict: Verdict;
  readonly code?: string;
  readonly failed?: readonly string[];
  readonly rerunOf?: number;
}

/** The run of commit `number`, pushed `number` minutes after noon. */
function ended(number: number, { verdict, code = 'x', failed = [], rerunOf }: Told): Run {
  const outcome = {
    verdict,
    code,
    reason: 'as it is',
    fault: 'author',
    counts: null,
    failed: failed.map((label) => ({ label, status: 'FAILED' })),
    toolchain: null,
    exitCode: null,
  } satisfies RunOutcome;
  const at = new Date(noon.getTime() + number * 60_000);
  const source = rerunOf === undefined ? ('push' as const) : ('rerun' as const);
  return sampleRun({
    id: sampleRunId(number),
    sha: sampleSha(rerunOf ?? number),
    pushedAt: at,
    createdAt: at,
    trigger: { source, delivery: null, actor: 'mira' },
    state: 'finished',
    outcome,
  });
}

function story(runs: readonly Run[], known: readonly string[] = []) {
  let health: BranchHealth | null = null;
  const news: News[] = [];
  for (const run of runs) {
    const after = heard(health, run, new Set(known), noon);
    if (after === null) continue;
    health = after.health;
    if (after.news !== null) news.push(after.news);
  }
  return { health, news, told: news.map(({ kind, red }) => `${kind} ${Number.parseInt(red.sha, 16)}`) };
}

const green = { verdict: 'passed' } as const;
const red = { verdict: 'failed', failed: ['//a:a_test'] } as const;

describe('the health of a branch', () => {
  it.each<[string, readonly Run[], readonly string[]]>([
    [
      'breaks once, and is mended once',
      [ended(1, green), ended(2, red), ended(3, red), ended(4, green)],
      ['broken 2', 'fixed 2'],
    ],
    ['never broke who never was green', [ended(1, red), ended(2, red), ended(3, green)], []],
    [
      'breaks again',
      [ended(1, green), ended(2, red), ended(3, green), ended(4, red)],
      ['broken 2', 'fixed 2', 'broken 4'],
    ],
    ['is told by the newest push, whoever ends last', [ended(1, green), ended(3, green), ended(2, red)], []],
    ['hears of an older green too late', [ended(1, green), ended(3, red), ended(2, green)], ['broken 3']],
    ['hears of each run once', [ended(1, green), ended(2, red), ended(2, red)], ['broken 2']],
    [
      'says nothing of what was not tested',
      [
        ended(1, green),
        ended(2, { verdict: 'cancelled' }),
        ended(3, { verdict: 'superseded' }),
        ended(4, { verdict: 'infrastructure' }),
        ended(5, { verdict: 'skipped' }),
        ended(6, { verdict: 'no-tests' }),
      ],
      [],
    ],
    ['breaks where it does not build', [ended(1, green), ended(2, { verdict: 'broken' })], ['broken 2']],
    ['breaks where its time is over', [ended(1, green), ended(2, { verdict: 'timed-out' })], ['broken 2']],
    [
      'breaks where tests disappear',
      [ended(1, green), ended(2, { verdict: 'no-tests', code: 'tests-disappeared' })],
      ['broken 2'],
    ],
    [
      'is mended by another try of its newest commit',
      [ended(1, green), ended(2, red), ended(5, { ...green, rerunOf: 2 })],
      ['broken 2', 'fixed 2'],
    ],
    [
      'is not mended by another try of an older commit',
      [ended(1, green), ended(2, red), ended(5, { ...green, rerunOf: 1 })],
      ['broken 2'],
    ],
    [
      'hears of a push that came before a click, and ended after it',
      [ended(1, green), ended(5, { ...green, rerunOf: 1 }), ended(3, red)],
      ['broken 3'],
    ],
  ])('%s', (_, runs, told) => {
    expect(story(runs).told).toEqual(told);
  });

  it('names what it knows of the break', () => {
    const failed = Array.from({ length: 15 }, (_, index) => `//p:t${index}`);
    const { news } = story([ended(1, green), ended(2, { verdict: 'failed', failed })]);
    expect(news).toMatchObject([
      {
        kind: 'broken',
        green: sampleSha(1),
        red: { runId: sampleRunId(2), sha: sampleSha(2) },
        failed: 15,
        nextAt: noon,
      },
    ]);
    expect(news[0]?.tests).toEqual(failed.slice(0, 10));
  });

  it.each<[string, readonly Run[], readonly string[]]>([
    ['is excused once', [ended(1, green), ended(2, red), ended(3, green)], []],
    ['is not excused twice', [ended(1, green), ended(2, red), ended(3, red)], ['broken 3']],
    ['is excused again after it passed', [ended(1, green), ended(2, red), ended(3, green), ended(4, red)], []],
    [
      'excuses no other',
      [ended(1, green), ended(2, { verdict: 'failed', failed: ['//a:a_test', '//b:b_test'] })],
      ['broken 2'],
    ],
    ['excuses no build that breaks', [ended(1, green), ended(2, { verdict: 'broken', failed: [] })], ['broken 2']],
  ])('a test that is known to be flaky %s', (_, runs, told) => {
    expect(story(runs, ['//a:a_test']).told).toEqual(told);
  });

  it('is what the newest run says, in whatever order and however often runs end; no break is told twice', () => {
    const verdicts = fc.constantFrom<Verdict>('passed', 'failed', 'broken', 'timed-out', 'cancelled', 'infrastructure');
    const stories = fc
      .array(verdicts, { minLength: 1, maxLength: 8 })
      .map((all) => all.map((verdict, index) => ended(index + 1, { verdict, failed: ['//a:a_test'] })))
      .chain((runs) => fc.tuple(fc.constant(runs), fc.array(fc.constantFrom(...runs), { maxLength: 20 })));
    fc.assert(
      fc.property(stories, ([runs, again]) => {
        const { health, news } = story([...again, ...runs]);
        const said = runs.filter(({ outcome }) => !['cancelled', 'infrastructure'].includes(outcome?.verdict ?? ''));
        const newest = said.toSorted(inAge).at(-1);
        expect(health?.newest.runId).toBe(newest?.id);
        expect(health?.colour).toBe(newest && (newest.outcome?.verdict === 'passed' ? 'green' : 'red'));
        const keys = news.map(({ kind, red: { runId } }) => `${kind} ${runId}`);
        expect(new Set(keys).size).toBe(keys.length);
        // They take turns.
        expect(news.every(({ kind }, index) => kind !== news[index + 1]?.kind)).toBe(true);
      }),
    );
  });
});
