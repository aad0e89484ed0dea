import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RunOutcome, VerdictName } from '../../../shared/run/run.ts';
import { fit, statusOf } from '../../../shared/run/status.ts';
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
