import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YbError } from '../../../shared/errors.ts';
import type { Run, RunOutcome } from '../../../shared/run/run.ts';
import { type RunChange, changed, following, newRun } from '../../../shared/run/transitions.ts';
import { noon, samplePull, sampleRequest, sampleRun } from '../../support/sample-run.ts';

const outcome: RunOutcome = {
  verdict: 'passed',
  reason: '4 tests passed',
  code: 'passed',
  fault: 'nobody',
  counts: null,
  failed: [],
  toolchain: '4.2.3',
  exitCode: 0,
};
const past = {
  attempt: 1,
  volume: 0,
  verdict: 'infrastructure' as const,
  code: 'pod-lost',
  exitCode: null,
  reason: 'the Pod was lost',
  finishedAt: noon,
};
const change: fc.Arbitrary<RunChange> = fc.constantFrom<RunChange>(
  { type: 'waits', reason: 'waits for the volume' },
  { type: 'claimed', volume: 1, epoch: 3, jobName: 'run-x-1', at: noon },
  { type: 'job-created', uid: 'uid-1', at: noon },
  { type: 'started', at: noon },
  { type: 'result-seen' },
  { type: 'cancel-requested', by: 'mira', at: noon, newer: null },
  { type: 'retried', past },
  { type: 'finished', outcome, log: null, phases: {}, at: noon },
);

/** The run after a change, or as it was where the change is refused. */
function tried(run: Run, next: RunChange): Run {
  try {
    return changed(run, next);
  } catch (error) {
    expect(error).toBeInstanceOf(YbError);
    expect(error).toMatchObject({ code: 'conflict' });
    return run;
  }
}

describe('a run', () => {
  it('only ever moves along the table of states, whatever is asked in whatever order', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        let run = sampleRun();
        for (const next of changes) {
          const after = tried(run, next);
          if (after.state !== run.state) expect(following[run.state]).toContain(after.state);
          run = after;
        }
      }),
    );
  });

  it('keeps its invariants: final means a verdict, working means a lease and a Job, waiting means neither', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const run = changes.reduce(tried, sampleRun());
        expect(run.outcome !== null).toBe(run.state === 'finished');
        expect(run.finishedAt !== null).toBe(run.state === 'finished');
        if (run.state === 'queued') expect([run.lease, run.job]).toEqual([null, null]);
        if (run.state === 'starting' || run.state === 'running' || run.state === 'finishing') {
          expect(run.lease).not.toBeNull();
          expect(run.job).not.toBeNull();
        }
        expect(run.pastAttempts).toHaveLength(run.attempt - 1);
      }),
    );
  });

  it('takes the same change twice as once, where the second says nothing new', () => {
    const doubled: RunChange[] = [
      { type: 'job-created', uid: 'uid-1', at: noon },
      { type: 'started', at: noon },
      { type: 'result-seen' },
      { type: 'cancel-requested', by: 'mira', at: noon, newer: null },
    ];
    let run = changed(sampleRun(), { type: 'claimed', volume: 0, epoch: 1, jobName: 'run-x-1', at: noon });
    for (const next of doubled) {
      run = changed(run, next);
      expect(changed(run, next)).toEqual(run);
    }
  });

  it('never goes back from a later state when an early event comes late', () => {
    const finishing = changed(
      changed(sampleRun(), { type: 'claimed', volume: 0, epoch: 1, jobName: 'run-x-1', at: noon }),
      { type: 'result-seen' },
    );
    expect(changed(finishing, { type: 'started', at: noon }).state).toBe('finishing');
    const finished = changed(finishing, { type: 'finished', outcome, log: null, phases: {}, at: noon });
    expect(changed(finished, { type: 'cancel-requested', by: 'mira', at: noon, newer: null })).toEqual(finished);
    expect(() => changed(finished, { type: 'retried', past })).toThrow(YbError);
  });
});

describe('a new run', () => {
  it.each([
    ['2015-01-01T00:00:00.000Z', '2026-02-26T12:00:00.000Z'],
    ['2100-01-01T00:00:00.000Z', '2026-03-01T12:05:00.000Z'],
    ['2026-02-28T23:00:00.000Z', '2026-02-28T23:00:00.000Z'],
    ['2026-03-01T12:04:00.000Z', '2026-03-01T12:04:00.000Z'],
  ])('of a push dated %s is taken for one of %s', (pushedAt, taken) => {
    expect(newRun(sampleRequest({ pushedAt }), noon).pushedAt.toISOString()).toBe(taken);
  });

  it('that is trusted is given no volume before GitHub has vouched for it', () => {
    const run = newRun(sampleRequest(), noon);
    const claim = { type: 'claimed', volume: 0, epoch: 1, jobName: 'run-x-1', at: noon } as const;
    expect(() => changed(run, claim)).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(changed(changed(run, { type: 'vouched' }), claim).state).toBe('starting');
  });

  it('of a fork is given no volume before somebody has allowed it', () => {
    const run = changed(newRun(samplePull(1), noon), { type: 'vouched' });
    const claim = { type: 'claimed', volume: 0, epoch: 1, jobName: 'run-x-1', at: noon } as const;
    expect(() => changed(run, claim)).toThrow(expect.objectContaining({ code: 'conflict' }));
    const allowed = changed(run, { type: 'approved', by: 'mira', at: noon });
    expect(changed(allowed, claim)).toMatchObject({ state: 'starting', approval: { by: 'mira', at: noon } });
    expect(changed(allowed, { type: 'approved', by: 'otto', at: noon })).toBe(allowed);
  });
});
