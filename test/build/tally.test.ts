import { describe, expect, it } from 'vitest';
import { runStep, runSteps, type StepResult } from '../../build/steps.ts';
import { describeTally, isGood, nothing, sum, tallyOf, tallyOfVitest } from '../../build/tally.ts';

function report(...files: readonly { readonly status: string; readonly tests: readonly string[] }[]): string {
  return JSON.stringify({
    testResults: files.map(({ status, tests }) => ({
      status,
      assertionResults: tests.map((test) => ({ status: test })),
    })),
  });
}

describe('the tally of a test run', () => {
  it.each([
    ['all passed', 0, report({ status: 'passed', tests: ['passed', 'passed'] }), '2 passed, 0 failed'],
    ['one failed', 1, report({ status: 'failed', tests: ['passed', 'failed'] }), '1 passed, 1 failed'],
    [
      'some were skipped',
      0,
      report({ status: 'passed', tests: ['passed', 'pending', 'todo'] }),
      '1 passed, 0 failed, 2 skipped',
    ],
    [
      'a file did not load',
      1,
      report({ status: 'passed', tests: ['passed'] }, { status: 'failed', tests: [] }),
      '1 passed, 1 failed',
    ],
    ['a hook after the tests failed', 1, report({ status: 'failed', tests: ['passed'] }), '1 passed, 1 failed'],
    ['an error came outside of every test', 1, report({ status: 'passed', tests: ['passed'] }), '1 passed, 1 failed'],
    ['nothing was run', 0, report(), '0 passed, 1 failed'],
    ['it crashed before its report', 1, null, '0 passed, 1 failed'],
    ['it was killed', null, null, '0 passed, 1 failed'],
    ['the report is cut off', 0, '{"testResults": [', '0 passed, 1 failed'],
    ['the report has another shape', 0, '{}', '0 passed, 1 failed'],
  ])('is true when %s', (_, exitCode, text, line) => {
    expect(describeTally(tallyOfVitest({ exitCode, report: text }))).toBe(line);
  });

  it('adds up, and is good only if something ran and nothing failed', () => {
    const total = sum([tallyOf(['passed', 'skipped']), tallyOf(['passed'])]);

    expect(total).toEqual({ passed: 2, failed: 0, skipped: 1 });
    expect(isGood(total)).toBe(true);
    expect(isGood(sum([total, tallyOf(['failed'])]))).toBe(false);
    expect(isGood(nothing)).toBe(false);
    expect(isGood(tallyOf(['skipped']))).toBe(false);
  });
});

describe('a step', () => {
  const place = { root: '.', path: '' };
  const node = process.execPath;

  it('goes by the exit code of its program and keeps what it printed', async () => {
    const step = {
      name: 'a',
      command: [node, '-e', 'console.log(1); console.error(2); process.exitCode = 3'],
    } as const;

    expect(await runStep(step, place)).toMatchObject({ outcome: 'failed', output: '1\n2\n' });
    expect(await runStep({ name: 'b', command: [node, '-e', ''] }, place)).toMatchObject({ outcome: 'passed' });
  });

  it('has failed when its program is not there', async () => {
    expect(await runStep({ name: 'a', command: ['/nowhere/program'] }, place)).toMatchObject({
      outcome: 'failed',
      output: expect.stringContaining('could not be started'),
    });
  });

  it('is skipped, and says so, when a program that it may do without is not on the PATH', async () => {
    const step = { name: 'a', needs: 'no-such-program', command: [node, '-e', ''] } as const;

    expect(await runStep(step, place)).toMatchObject({
      outcome: 'skipped',
      output: 'no-such-program is not on the PATH',
    });
  });

  it('is told as it ends, and one that fails stops no other', async () => {
    const told: StepResult[] = [];
    const steps = [3, 0, 0].map((code, index) => ({
      name: String(index),
      command: [node, '-e', `process.exitCode = ${code}`] as const,
    }));
    const results = await runSteps(steps, { ...place, atOnce: 2, tell: (result) => told.push(result) });

    expect(results).toEqual(told);
    expect(results.map(({ name, outcome }) => `${name} ${outcome}`).toSorted()).toEqual([
      '0 failed',
      '1 passed',
      '2 passed',
    ]);
  });
});
