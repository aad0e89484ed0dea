import { describe, expect, it } from 'vitest';
import { checkoutExitCodes, repairActions } from '../../../shared/attempt/exit-codes.ts';
import { decideVerdict } from '../../../shared/run/verdict.ts';
import { anInput, aPod, aResult, ended, endedWith } from './verdict-input.ts';

const failed = [{ label: '//a:a_test', status: 'FAILED' }] as const;

/** Of Bazel, and of whoever ended it. */
const endings = [null, 0, 3, 8, 33, 36, 37, 38, 39, 45, 48, 77, 130, 137, 143].flatMap((exitCode) =>
  [true, false].map((complete) => [exitCode, complete] as const),
);

describe('exit codes', () => {
  const expected: Record<number, readonly [verdict: string, retry: boolean]> = {
    0: ['passed', false],
    1: ['broken', false],
    2: ['broken', false],
    3: ['failed', false],
    4: ['no-tests', false],
    7: ['broken', false],
    33: ['broken', true],
    [checkoutExitCodes.commitGone]: ['superseded', false],
    [checkoutExitCodes.noWorkspace]: ['broken', false],
    [checkoutExitCodes.badConfiguration]: ['broken', false],
    [checkoutExitCodes.badCredential]: ['infrastructure', false],
    [checkoutExitCodes.volumeFull]: ['broken', true],
    [checkoutExitCodes.sourcesMissing]: ['broken', false],
    91: ['broken', false],
  };

  it.each(Array.from({ length: 256 }, (_, exitCode) => exitCode))('%i has its verdict', (exitCode) => {
    const tests = exitCode === 4 ? { tests: 0, passed: 0 } : {};
    const input = endedWith(exitCode, { counted: tests });
    // The checkout's codes are its own: a build that ends with one claims what it cannot know.
    const isOfCheckout = Object.values<number>(checkoutExitCodes).includes(exitCode) && exitCode !== 0;
    const pod = aPod({ containers: { checkout: ended(exitCode), build: null } });
    const verdict = decideVerdict(isOfCheckout ? { ...input, pod } : input);
    expect([verdict.verdict, verdict.retry]).toEqual(expected[exitCode] ?? ['infrastructure', true]);
    const speaksAgainst: number[] = [checkoutExitCodes.staleLease, checkoutExitCodes.volumeDamaged];
    expect(verdict.volume).toBe(speaksAgainst.includes(exitCode) ? 'suspect' : 'good');
    expect(verdict.reason).not.toBe('');
  });

  it.each([81, 82, 83, 84, 85, 86])('%i is the checkout’s alone', (exitCode) => {
    expect(decideVerdict(endedWith(exitCode))).toMatchObject({ code: 'unknown-exit-code', retry: true });
  });

  it.each([
    [137, 'The build was ended by SIGKILL (exit code 137), and nobody says why; perhaps its memory ran out'],
    [143, 'The build was ended by SIGTERM (exit code 143), and nobody says why'],
    [129, 'The build was ended by SIGHUP (exit code 129), and nobody says why'],
    [128, 'The build ended with exit code 128, which Bazel does not explain'],
    [255, 'The build ended with exit code 255, which Bazel does not explain'],
  ])('%i is told by the signal that it stands for, if any', (exitCode, reason) => {
    expect(decideVerdict(endedWith(exitCode)).reason).toBe(reason);
  });

  it('1 lists the failed tests too', () => {
    const verdict = decideVerdict(
      endedWith(1, {
        counted: { passed: 6, failed: 2, failedToBuild: 1 },
        failed: [
          ...failed,
          { label: '//a:b_test', status: 'TIMEOUT' },
          { label: '//a:c_test', status: 'FAILED_TO_BUILD' },
        ],
      }),
    );
    expect(verdict.reason).toBe('1 target did not build: //a:c_test; 2 of 9 tests failed: //a:a_test, //a:b_test');
  });

  it.each([
    [
      { label: '//a:b', type: 'Aspect', exitCode: null, message: 'lint failed\non two lines' },
      'Aspect of //a:b failed: lint failed on two lines',
    ],
    [{ label: '//a/...', type: 'Loading', exitCode: null, message: null }, 'Loading of //a/... failed'],
    [{ label: null, type: null, exitCode: null, message: 'no such package' }, 'no such package'],
  ])('1 gives the cause that the events name: %j', (cause, words) => {
    const input = { ...endedWith(1, { counted: { passed: 7 }, cause }), disappeared: ['//gone:a'] };
    expect(decideVerdict(input)).toMatchObject({ verdict: 'broken', reason: `Does not build: ${words}` });
  });

  it('1 guesses only where nothing is named, and never that tests disappeared', () => {
    const input = { ...endedWith(1, { counted: { passed: 7 } }), disappeared: ['//gone:a'] };
    expect(decideVerdict(input).reason).toBe(
      'Does not build: Bazel ended with exit code 1, though 7 tests passed; perhaps a package does not load: nothing is told of //gone:a',
    );
  });

  it('3 names the failed tests and how many timed out', () => {
    const verdict = decideVerdict(
      endedWith(3, {
        counted: { passed: 7, failed: 1, timedOut: 1 },
        failed: [...failed, { label: '//a:b', status: 'TIMEOUT' }],
      }),
    );
    expect(verdict).toMatchObject({ verdict: 'failed', fault: 'author' });
    expect(verdict.reason).toBe('2 of 9 tests failed (1 timed out): //a:a_test, //a:b');
  });

  it('4 is a success only if the branch had no tests before', () => {
    const none = endedWith(4, { counted: { tests: 0, passed: 0 } });
    expect(decideVerdict({ ...none, earlier: { noTests: true } })).toMatchObject({
      verdict: 'no-tests',
      code: 'no-tests',
    });
    expect(decideVerdict({ ...none, earlier: { noTests: false } }).code).toBe('tests-disappeared');
    expect(decideVerdict(none).code).toBe('tests-disappeared');
  });

  it('4 proves nothing without the last event and the container’s word', () => {
    const earlier = { noTests: true };
    const cut = endedWith(4, { events: { complete: false, exitCode: null } });
    const contradicted = { ...endedWith(4), pod: aPod({ containers: { build: ended(143) } }) };
    expect(decideVerdict({ ...cut, earlier }).verdict).toBe('infrastructure');
    expect(decideVerdict({ ...contradicted, earlier }).verdict).toBe('infrastructure');
  });

  it('4 is no success where the events tell of tests, and says so', () => {
    const verdict = decideVerdict({ ...endedWith(4), earlier: { noTests: true } });
    expect(verdict.code).toBe('tests-disappeared');
    expect(verdict.reason).toContain(
      "No tests found, says exit code 4, though Bazel's events tell of 9 tests that passed",
    );
  });

  it.each([0, 4])('%i tells of tests that were not run', (exitCode) => {
    const counted = { tests: 2, passed: 0, notRun: 2 };
    const verdict = decideVerdict(endedWith(exitCode, { counted }));
    expect(verdict).toMatchObject({ code: 'tests-disappeared', reason: 'No test was run, though there are 2 tests' });
  });

  it.each([0, 4])('%i proves nothing where the events do not tell it', (exitCode) => {
    const counted = exitCode === 4 ? { tests: 0, passed: 0 } : {};
    const input = endedWith(exitCode, { counted, events: { complete: true, exitCode: null } });
    expect(decideVerdict({ ...input, earlier: { noTests: true } }).code).toBe('unproved');
  });

  it('3 says so where the events name no failed test', () => {
    expect(decideVerdict(endedWith(3)).reason).toBe("Tests failed, says exit code 3, but Bazel's events name none");
  });

  it('8 is what was asked for, else an accident', () => {
    expect(decideVerdict({ ...endedWith(8), cancel: { requested: true } }).verdict).toBe('cancelled');
    expect(decideVerdict({ ...endedWith(8), deadline: { exceeded: true } }).verdict).toBe('timed-out');
    expect(decideVerdict(endedWith(8))).toMatchObject({ code: 'interrupted', retry: true });
  });

  it.each([
    [36, [], 'local-environment', 'infrastructure', 'good'],
    [36, [repairActions.installBaseRemoved], 'installation-damaged', 'infrastructure', 'suspect'],
    [36, [repairActions.spaceFreed], 'disk-full', 'broken', 'good'],
    [37, [repairActions.retried], 'bazel-crashed', 'infrastructure', 'good'],
    [37, [repairActions.retried, repairActions.outputBaseRemoved], 'output-damaged', 'infrastructure', 'suspect'],
  ])('%i after the repairs %j is %s', (exitCode, actions, code, verdict, volume) => {
    const repairs = actions.map((action) => ({ exitCode, action }));
    expect(decideVerdict(endedWith(exitCode, { repairs }))).toMatchObject({ code, verdict, volume, retry: true });
  });

  it('that no table knows are broken when they come again on another volume', () => {
    const input = { ...endedWith(77), attempt: { ...anInput().attempt, attempt: 2 } };
    const result = aResult({ exitCode: 77, attempt: 2 });
    const again = (volume: number, exitCode: number) =>
      decideVerdict({ ...input, result, attemptsSoFar: [{ code: 'unknown-exit-code', exitCode, volume }] });

    expect(again(1, 77)).toMatchObject({ verdict: 'broken', code: 'repeated-exit-code', retry: false });
    expect(again(0, 77)).toMatchObject({ verdict: 'infrastructure', retry: true });
    expect(again(1, 78)).toMatchObject({ verdict: 'infrastructure', retry: true });
  });
});

describe('a test that is proved to fail', () => {
  const counted = { passed: 7, failed: 1 };
  const reason = expect.stringMatching(/^1 of \d+ tests failed: \/\/a:a_test$/);
  const one = failed.slice(0, 1);
  it.each(endings)('is red whatever ends the events: exit code %j, all of them: %j (39)', (exitCode, complete) => {
    const input = endedWith(exitCode ?? 137, { exitCode, counted, failed: one, events: { complete, exitCode: null } });
    expect(decideVerdict(input)).toMatchObject({ verdict: 'failed', code: 'tests-failed', reason, retry: false });
  });

  it('is no proof beside a success that the container contradicts: somebody else wrote it', () => {
    const input = endedWith(0, { counted, failed: one, events: { complete: true, exitCode: 0 } });
    const { pod } = input;
    if (pod === null) throw new RangeError('it has one');
    const build = { ...ended(137), reason: 'Error' };
    const killed = { ...input, pod: { ...pod, containers: { ...pod.containers, build } } };
    expect(decideVerdict(killed)).toMatchObject({ code: 'unproved', retry: true });
    expect(decideVerdict(input)).toMatchObject({ code: 'tests-failed' });
  });

  it('gives way to who stopped the run, to memory that ran out, and to a Pod that was taken away', () => {
    const input = endedWith(38, { counted, failed: one });
    const stopped = { ...input, cancel: { requested: true } };
    expect(decideVerdict(stopped).verdict).toBe('cancelled');
    const killed = endedWith(38, { counted, failed: one, oomKills: 1 });
    expect(decideVerdict(killed).code).toBe('out-of-memory');
    const pod = input.pod === null ? null : { ...input.pod, disruption: { reason: 'PreemptionByScheduler' } };
    expect(decideVerdict({ ...input, pod }).verdict).toBe('infrastructure');
  });
});
