import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/errors.ts';
import {
  CommitReport,
  inAge,
  lacksRights,
  mayCorrect,
  nextReportStep,
  type Rank,
  refused,
  reported,
  spoken,
  verified,
} from '../../../shared/run/commit-report.ts';
import { noon, sampleRun, sampleRunId } from '../../support/sample-run.ts';

const minute = 60_000;
const hour = 60 * minute;
const later = (milliseconds: number): Date => new Date(noon.getTime() + milliseconds);

const run = (number: number, pushedAt = later(number * 1000)) => sampleRun({ id: sampleRunId(number), pushedAt });
const states = { waiting: 'pending', working: 'pending', final: 'success' } as const;
function wanted(rank: Rank, words: string = rank) {
  const status = { state: states[rank], description: words, targetUrl: '/runs/1', context: 'yb' } as const;
  return { rank, status };
}
function record(rank: Rank, changes: Partial<CommitReport> = {}): CommitReport {
  const made = spoken(null, run(1), wanted(rank), noon);
  if (made === null) throw new Error('the first run speaks');
  return { ...made, ...changes };
}
const shown = { state: 'success', description: 'final', targetUrl: '/runs/1' } as const;

describe('who speaks for a commit', () => {
  it('is its newest run, whatever was heard first', () => {
    const old = record('final');
    const both = spoken(old, run(2), wanted('waiting'), later(5));
    expect(both).toMatchObject({ speaker: { runId: sampleRunId(2) }, desired: { rank: 'waiting' } });
    expect(spoken(both, run(1), wanted('final'), later(6))).toBeNull();
  });

  it('says nothing older than it has said', () => {
    const working = record('working');
    expect(spoken(working, run(1), wanted('waiting'), later(5))).toBe(working);
    expect(spoken(working, run(1), wanted('working', 'other words'), later(5))).toBe(working);
    expect(spoken(working, run(1), wanted('final'), later(5))?.desired.rank).toBe('final');
  });

  it('has every new word tried afresh, but for a limit of the credential', () => {
    const failed = { tries: 4, nextAt: later(hour), left: true };
    const trouble = { code: 'github-unavailable', words: 'no answer', at: noon };
    const fresh = { tries: 0, nextAt: null, left: false, trouble: null };
    expect(spoken(record('working', { ...failed, trouble }), run(1), wanted('final'), later(5))).toMatchObject(fresh);
    const limit = { ...trouble, code: 'github-rate-limited' };
    const waits = { tries: 0, nextAt: later(hour), left: false };
    expect(spoken(record('working', { ...failed, trouble: limit }), run(1), wanted('final'), later(5))).toMatchObject(
      waits,
    );
  });

  it('is the same in whatever order runs are looked at', () => {
    const runs = fc.uniqueArray(fc.record({ number: fc.nat(30), pushed: fc.nat(3) }), {
      minLength: 1,
      selector: (one) => one.number,
    });
    fc.assert(
      fc.property(runs, fc.array(fc.nat(20), { maxLength: 40 }), (some, order) => {
        const all = some.map(({ number, pushed }) => run(number, later(pushed)));
        let now: CommitReport | null = null;
        for (const index of [...order, ...all.keys()]) {
          const one = all[index % all.length];
          if (one !== undefined) now = spoken(now, one, wanted('final', one.id), noon) ?? now;
        }
        const newest = all.reduce((left, right) => (inAge(left, right) > 0 ? left : right));
        expect(now).toMatchObject({ speaker: { runId: newest.id }, desired: { description: newest.id } });
        expect(CommitReport.parse(now)).toEqual(now);
      }),
    );
  });
});

describe('the reporter', () => {
  it.each<[string, CommitReport, object]>([
    ['something new', record('waiting'), { type: 'send', readBack: false }],
    ['what is shown', record('final', { reported: shown }), { type: 'settled' }],
    [
      'what is shown and is to be looked at later',
      record('final', { reported: shown, verifyAt: later(9) }),
      { type: 'wait', until: later(9) },
    ],
    [
      'what is shown and is to be looked at now',
      record('final', { reported: shown, verifyAt: noon }),
      { type: 'verify' },
    ],
    ['what will never be told', record('final', { left: true }), { type: 'settled' }],
    [
      'while somebody is sending',
      record('final', { sending: { until: later(5000) } }),
      { type: 'wait', until: later(5000) },
    ],
    [
      'after somebody who did not say how it ended',
      record('final', { sending: { until: noon } }),
      { type: 'send', readBack: true },
    ],
    [
      'the same, though it was shown before',
      record('final', { reported: shown, sending: { until: noon } }),
      { type: 'send', readBack: true },
    ],
    ['before its time', record('final', { nextAt: later(1000) }), { type: 'wait', until: later(1000) }],
    ['when its time has come', record('final', { nextAt: noon }), { type: 'send', readBack: false }],
  ])('asked about %s', (_case, given, step) => {
    expect(nextReportStep(given, noon)).toEqual(step);
  });

  it('looks once more after a last word alone', () => {
    expect(reported(record('working'), { written: true }, noon)).toMatchObject({ verifyAt: null, corrected: 0 });
    const told = reported(record('final'), { written: true }, noon);
    expect(told).toMatchObject({ reported: shown, verifyAt: later(4 * minute), corrected: 0 });
    expect(nextReportStep(verified(told), later(hour))).toEqual({ type: 'settled' });
  });

  it('says a lost last word again, and does not fight for ever', () => {
    let told = reported(record('final'), { written: true }, noon);
    const says: boolean[] = [];
    for (let times = 0; times < 5; times += 1) {
      says.push(mayCorrect(told));
      told = reported(told, { written: true }, noon);
    }
    expect(says).toEqual([true, true, true, false, false]);
    expect(reported(record('final', { reported: shown }), { written: false }, noon).corrected).toBe(0);
  });
});

/** How long a word is tried that GitHub answers so each time: `[tries, hours]`, looked at when it asks for that. */
function lifeOf(rank: Rank, code: ErrorCode): { readonly tries: number; readonly hours: number } {
  let now = noon;
  let one = record(rank);
  for (let tries = 1; tries < 10_000; tries += 1) {
    one = refused(one, { code, words: 'no', retryAt: undefined, unknown: 'was-sent' }, now);
    if (one.nextAt === null) {
      expect(one).toMatchObject({ left: true, trouble: { code } });
      return { tries, hours: Math.round((now.getTime() - noon.getTime()) / hour) };
    }
    expect(one.nextAt.getTime()).toBeGreaterThan(now.getTime());
    now = one.nextAt;
  }
  throw new Error('it is tried for ever');
}

describe('what GitHub does not take', () => {
  it.each<[ErrorCode, Rank, number | null, number]>([
    ['github-rate-limited', 'working', 1, 0],
    ['github-rate-limited', 'final', null, 72],
    ['github-unavailable', 'working', 3, 0],
    ['github-unavailable', 'final', null, 72],
    ['internal', 'final', null, 72],
    ['github-no-commit', 'working', null, 1],
    ['github-no-commit', 'final', null, 1],
    ['github-unauthorized', 'waiting', 1, 0],
    ['github-unauthorized', 'final', 73, 72],
    ['github-not-found', 'final', 73, 72],
    ['unreadable-secret', 'final', 73, 72],
    ['github-refused', 'waiting', 1, 0],
    ['github-refused', 'final', 1, 0],
    ['not-found', 'final', 1, 0],
  ])('%s about a word that is %s is tried %s times within %s hours', (code, rank, tries, hours) => {
    const life = lifeOf(rank, code);
    if (tries !== null) expect(life.tries).toBe(tries);
    expect(life.hours).toBe(hours);
  });

  it('is tried after growing pauses up to a quarter of an hour, and never before GitHub says', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.option(fc.nat(7_200_000), { nil: undefined }), (tries, asked) => {
        const retryAt = asked === undefined ? undefined : later(asked);
        const failure = { code: 'github-unavailable', words: '', retryAt, unknown: 'was-sent' } as const;
        const next = refused(record('final', { tries }), failure, noon).nextAt?.getTime() ?? 0;
        expect(next).toBeGreaterThanOrEqual(later(15_000).getTime());
        if (retryAt !== undefined) expect(next).toBeGreaterThanOrEqual(retryAt.getTime());
        expect(next).toBeLessThanOrEqual(Math.max(later(15 * minute).getTime(), retryAt?.getTime() ?? 0));
      }),
    );
  });

  it.each([
    ['github-unavailable', 'was-sent', true],
    ['github-rate-limited', 'was-sent', false],
    ['github-no-commit', 'was-sent', false],
    ['github-unauthorized', 'was-sent', false],
    ['github-unavailable', 'no', false],
    ['github-unauthorized', 'still', true],
    ['github-unavailable', 'still', true],
  ] as const)('%s, %s: asked about before it is said again: %s', (code, unknown, asked) => {
    const { sending } = refused(record('final'), { code, words: '', retryAt: undefined, unknown }, noon);
    expect(sending).toEqual(asked ? { until: noon } : null);
  });

  it('may be mended by another credential where it is about rights', () => {
    const after = (code: ErrorCode) =>
      lacksRights(refused(record('final'), { code, words: '', retryAt: undefined, unknown: 'no' }, noon));
    expect(after('github-unauthorized')).toBe(true);
    expect(after('github-unavailable')).toBe(false);
    expect(lacksRights(record('final'))).toBe(false);
  });
});
