import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RunOutcome, VerdictName } from '../../../shared/run/run.ts';
import { fit, isLater, nextStatusStep, nextStatusTry, statusOf } from '../../../shared/run/status.ts';
import { noon, sampleRun, workingRun } from '../../support/sample-run.ts';

function finished(verdict: VerdictName, code: string = verdict) {
  const outcome: RunOutcome = {
    verdict,
    code,
    reason: `it is ${verdict}`,
    fault: 'author',
    counts: null,
    failed: [],
    toolchain: null,
    exitCode: null,
  };
  return sampleRun({ state: 'finished', outcome, finishedAt: noon });
}

const later = (milliseconds: number): Date => new Date(noon.getTime() + milliseconds);

describe('the commit status', () => {
  it.each([
    ['passed', 'success'],
    ['no-tests', 'success'],
    ['failed', 'failure'],
    ['broken', 'failure'],
    ['timed-out', 'failure'],
    ['cancelled', 'error'],
    ['superseded', 'error'],
    ['infrastructure', 'error'],
  ] as const)('of a run that is %s is %s', (verdict, state) => {
    const { rank, status } = statusOf(finished(verdict), 'https://ci.example.com');
    expect(rank).toBe('final');
    expect(status).toEqual({
      state,
      description: `it is ${verdict}`,
      targetUrl: `https://ci.example.com/runs/${finished(verdict).id}`,
      context: 'yb',
    });
  });

  it('is a failure where tests disappeared', () => {
    expect(statusOf(finished('no-tests', 'tests-disappeared'), '').status.state).toBe('failure');
  });

  it('is defined for every verdict', () => {
    for (const verdict of VerdictName.options) expect(statusOf(finished(verdict), '').status.state).not.toBe('pending');
  });

  it('is pending while the run waits and while it works, and says which', () => {
    expect(statusOf(sampleRun({ waitReason: 'waits for one of 2 volumes' }), '')).toMatchObject({
      rank: 'waiting',
      status: { state: 'pending', description: 'Queued: waits for one of 2 volumes' },
    });
    expect(statusOf(workingRun(), '')).toMatchObject({ rank: 'working', status: { state: 'pending' } });
  });

  it('never has a text that GitHub would refuse', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const fitted = fit(text);
        expect(fitted.length).toBeLessThanOrEqual(140);
        expect(fitted).not.toMatch(/[\r\n]/);
        // Cutting never leaves half of a character that was whole.
        if (text.isWellFormed()) expect(fitted.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('the reporter', () => {
  const report = { reported: 'none', sending: null, tries: 0, nextAt: null, givenUp: null } as const;

  it.each([
    ['something new', report, 'waiting', { type: 'send', readBack: false }],
    ['what is shown already', { ...report, reported: 'final' }, 'final', { type: 'settled' }],
    ['what is older than what is shown', { ...report, reported: 'working' }, 'waiting', { type: 'settled' }],
    ['what GitHub will never take', { ...report, givenUp: 'refused' }, 'final', { type: 'settled' }],
    [
      'while somebody else is sending',
      { ...report, sending: { rank: 'working', until: later(5000) } },
      'final',
      { type: 'wait', until: later(5000) },
    ],
    [
      'after somebody who did not say how it ended',
      { ...report, sending: { rank: 'working', until: later(-1) } },
      'final',
      { type: 'send', readBack: true },
    ],
    [
      'the same again after an unknown outcome',
      { ...report, reported: 'working', sending: { rank: 'final', until: later(-1) } },
      'working',
      { type: 'send', readBack: true },
    ],
    ['before its time', { ...report, nextAt: later(1000) }, 'final', { type: 'wait', until: later(1000) }],
    ['when its time has come', { ...report, nextAt: later(-1000) }, 'final', { type: 'send', readBack: false }],
  ] as const)('asked about %s', (_case, record, wanted, step) => {
    expect(nextStatusStep(record, wanted, noon)).toEqual(step);
  });

  it('waits longer after each failure, as long as GitHub says, and never over ten minutes of its own', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.option(fc.nat(7_200_000), { nil: undefined }), (tries, asked) => {
        const retryAt = asked === undefined ? undefined : later(asked);
        const next = nextStatusTry({ tries, now: noon, retryAt });
        expect(next.getTime()).toBeGreaterThanOrEqual(noon.getTime() + 15_000);
        if (retryAt !== undefined) expect(next.getTime()).toBeGreaterThanOrEqual(retryAt.getTime());
        expect(next.getTime()).toBeLessThanOrEqual(Math.max(noon.getTime() + 600_000, retryAt?.getTime() ?? 0));
        expect(next.getTime()).toBeLessThanOrEqual(nextStatusTry({ tries: tries + 1, now: noon, retryAt }).getTime());
      }),
    );
  });

  it('orders its reports', () => {
    expect(isLater('final', 'working')).toBe(true);
    expect(isLater('working', 'working')).toBe(false);
    expect(isLater('none', 'waiting')).toBe(false);
  });
});
