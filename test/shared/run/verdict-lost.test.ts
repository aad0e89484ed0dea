import { describe, expect, it } from 'vitest';
import { repairActions } from '../../../shared/attempt/exit-codes.ts';
import { decideVerdict, type VerdictInput } from '../../../shared/run/verdict.ts';
import { anInput, aPod, aResult, ended, endedWith, waiting } from './verdict-input.ts';

const unproved = aResult({ exitCode: null, complete: false, events: { complete: false, exitCode: null } });

describe('attempts without a result that proves anything', () => {
  const dead = { condition: 'Failed', reason: 'BackoffLimitExceeded' } as const;
  const lost = (parts: Partial<VerdictInput>) => anInput({ result: null, job: dead, ...parts });
  const unscheduled = aPod({ scheduled: false, containers: { courier: null, checkout: null, build: null } });

  it.each<readonly [string, VerdictInput, string]>([
    ['Pod deleted', lost({ pod: null }), 'pod-gone'],
    [
      'Pod being deleted',
      lost({ pod: aPod({ deleting: true, containers: { build: ended(143) } }), result: unproved }),
      'pod-gone',
    ],
    ['Job deleted too', lost({ pod: null, job: { condition: null, reason: null } }), 'pod-gone'],
    ['node gone', lost({ pod: aPod({ disruption: { reason: 'DeletionByTaintManager' } }) }), 'node-gone'],
    ['node lost', lost({ pod: aPod({ reason: 'NodeLost' }) }), 'node-gone'],
    [
      'node shut down',
      lost({ pod: aPod({ reason: 'Terminated', disruption: { reason: 'TerminationByKubelet' } }) }),
      'node-gone',
    ],
    [
      'evicted for the node’s sake',
      lost({ pod: aPod({ reason: 'Evicted', disruption: { reason: 'TerminationByKubelet' } }) }),
      'evicted',
    ],
    ['evicted by request', lost({ pod: aPod({ disruption: { reason: 'EvictionByEvictionAPI' } }) }), 'evicted'],
    [
      'refused by a node that is short of something',
      lost({ pod: aPod({ reason: 'Evicted', containers: { courier: null, checkout: null, build: null } }) }),
      'evicted',
    ],
    ['evicted for its own use of storage', lost({ pod: aPod({ reason: 'Evicted' }) }), 'storage-exceeded'],
    ['preempted', lost({ pod: aPod({ disruption: { reason: 'PreemptionByScheduler' } }) }), 'preempted'],
    [
      'preempted by its node',
      lost({ pod: aPod({ reason: 'Preempting', disruption: { reason: 'TerminationByKubelet' } }) }),
      'preempted',
    ],
    [
      'disrupted for a reason of tomorrow',
      lost({ pod: aPod({ disruption: { reason: 'SomethingNew' } }) }),
      'disrupted',
    ],
    [
      'disrupted by the kubelet, for one of three reasons',
      lost({ pod: aPod({ disruption: { reason: 'TerminationByKubelet' } }) }),
      'evicted',
    ],
    [
      'deleted in an orderly way, as was seen',
      { ...endedWith(8), pod: null, lost: { code: 'pod-gone', detail: null } },
      'pod-gone',
    ],
    [
      'Pod gone, disruption seen before',
      lost({
        pod: null,
        lost: { code: 'preempted', detail: null },
        job: { condition: 'Failed', reason: 'PodFailurePolicy' },
      }),
      'preempted',
    ],
    [
      'seen to be lost by a cause of tomorrow',
      lost({ pod: null, lost: { code: 'no-such-code', detail: null } }),
      'pod-gone',
    ],
    [
      'Pod gone, disruption told by the Job',
      lost({ pod: null, job: { condition: 'Failed', reason: 'PodFailurePolicy' } }),
      'disrupted',
    ],
    ['OOM-killed', lost({ pod: aPod({ containers: { build: ended(137, 'OOMKilled') } }) }), 'out-of-memory'],
    ['a test of it OOM-killed, alone', endedWith(3, { oomKills: 1 }), 'out-of-memory'],
    [
      'a Pod that was given up',
      lost({ pod: null, abandoned: { code: 'image-missing', detail: null } }),
      'image-missing',
    ],
    [
      'SIGTERM with exit code 0',
      lost({ job: { condition: 'Complete', reason: null }, result: unproved }),
      'result-missing',
    ],
    ['exit code 3 and no result', lost({ pod: aPod({ containers: { build: ended(3) } }) }), 'result-missing'],
    ['courier dead', lost({ pod: aPod({ containers: { courier: ended(1, 'Error') } }) }), 'courier-died'],
    [
      'courier dying again and again',
      lost({ pod: aPod({ containers: { courier: waiting('CrashLoopBackOff') } }) }),
      'courier-died',
    ],
    ['image missing', lost({ pod: aPod({ containers: { build: waiting('ImagePullBackOff') } }) }), 'image-missing'],
    [
      'our image missing',
      lost({ pod: aPod({ containers: { courier: waiting('ErrImagePull'), build: waiting('PodInitializing') } }) }),
      'image-missing',
    ],
    ['image name wrong', lost({ pod: aPod({ containers: { build: waiting('InvalidImageName') } }) }), 'image-invalid'],
    [
      'image without a shell',
      lost({ pod: aPod({ containers: { build: ended(128, 'StartError') } }) }),
      'image-unusable',
    ],
    [
      'container not created',
      lost({ pod: aPod({ containers: { build: waiting('CreateContainerConfigError') } }) }),
      'not-started',
    ],
    ['never schedulable', lost({ pod: unscheduled }), 'not-scheduled'],
    ['never schedulable until the deadline', lost({ pod: unscheduled, deadline: { exceeded: true } }), 'not-scheduled'],
    [
      'never started until the deadline',
      lost({ pod: null, started: false, deadline: { exceeded: true } }),
      'not-started',
    ],
    [
      'volume not mounted',
      lost({ pod: aPod({ mountFailed: true, containers: { build: null } }) }),
      'volume-not-mounted',
    ],
    ['deadline', lost({ pod: null, started: true, deadline: { exceeded: true } }), 'deadline'],
    [
      'deadline, Pod still there',
      lost({ pod: aPod({ containers: { build: ended(143) } }), result: unproved, deadline: { exceeded: true } }),
      'deadline',
    ],
    [
      'cancelled',
      lost({ pod: aPod({ containers: { build: ended(143) } }), result: unproved, cancel: { requested: true } }),
      'cancelled',
    ],
    ['cancelled, then evicted', lost({ pod: aPod({ reason: 'Evicted' }), cancel: { requested: true } }), 'cancelled'],
    ['superseded', lost({ pod: null, cancel: { requested: true, supersededBy: 'f'.repeat(40) } }), 'superseded'],
    ['log too large', lost({ result: aResult({ exitCode: 8, logTooLarge: true }) }), 'log-too-large'],
    [
      'checkout killed',
      lost({ pod: aPod({ containers: { checkout: ended(137), build: waiting('PodInitializing') } }) }),
      'checkout-failed',
    ],
    ['volume busy', lost({ pod: aPod({ containers: { build: ended(90) } }) }), 'volume-busy'],
    ['no Bazel', lost({ pod: aPod({ containers: { build: ended(91) } }) }), 'no-bazel'],
    ['nothing known of the end', lost({ pod: aPod({ containers: { build: null } }) }), 'result-missing'],
  ])('%s', (_, input, code) => {
    const verdict = decideVerdict(input);
    expect(verdict.code).toBe(code);
    expect(['passed', 'failed', 'no-tests']).not.toContain(verdict.verdict);
    expect(verdict.reason).not.toMatch(/[.`]$/);
  });

  it.each([
    ['stale-lease', 81, null],
    ['checkout-failed', 82, 'git: connection refused'],
    ['commit-gone', 83, 'The commit abc1234 is no longer in the repository'],
    ['no-workspace', 84, 'There is no Bazel workspace at the root; run yb setup-repo'],
    ['bad-configuration', 85, '.yb.yaml line 3: unknown key "tragets"'],
    ['bad-credential', 86, 'github.com refuses the credential'],
    ['volume-busy', 90, null],
  ] as const)('%s is told by the checkout’s exit code and words', (code, exitCode, message) => {
    const checkout = {
      ...ended(exitCode, 'Error'),
      message: message === null ? null : `${JSON.stringify({ code: exitCode, message: `${message}.` })}\n`,
    };
    const verdict = decideVerdict(lost({ result: unproved, pod: aPod({ containers: { checkout, build: null } }) }));

    expect(verdict.code).toBe(code);
    if (message !== null) expect(verdict.reason).toBe(message);
  });

  it('repeats no last words but the checkout’s, in one line', () => {
    const words = (checkout: string, build: string) =>
      decideVerdict(
        lost({
          pod: aPod({
            containers: {
              checkout: { ...ended(85), message: checkout },
              build: { ...ended(1), message: build },
            },
          }),
        }),
      ).reason;

    expect(words('{"code":85,"message":"one\\n\\u001b[31mtwo"}', '{"message":"s3cr3t"}')).toBe('one [31mtwo');
    expect(words('not JSON s3cr3t', 's3cr3t')).not.toContain('s3cr3t');
    expect(words('{"message":7}', '')).toMatch(/^\.yb\.yaml is wrong/);
  });

  it('tells of what took the Pod away in the cluster’s words, seen now or before', () => {
    const reason = (parts: Partial<VerdictInput>) => decideVerdict(lost(parts)).reason;
    const disruption = { reason: 'EvictionByEvictionAPI', message: 'Eviction API:\nevicting' };

    expect(reason({ pod: aPod({ disruption }) })).toBe('The Pod was evicted: Eviction API: evicting');
    expect(reason({ pod: null, lost: { code: 'evicted', detail: 'Eviction API: evicting' } })).toBe(
      'The Pod was evicted: Eviction API: evicting',
    );
    expect(reason({ pod: aPod({ reason: 'Evicted', message: 'Usage of EmptyDir volume "run" exceeds 4Gi. ' }) })).toBe(
      'The build wrote more outside of its volume than a Pod may: Usage of EmptyDir volume "run" exceeds 4Gi',
    );
    const unstarted = { exitCode: 128, reason: 'StartError', message: 'exec: "sh": not found' };
    expect(reason({ pod: aPod({ containers: { build: unstarted } }) })).toMatch(/no sh: exec: "sh": not found$/);
    // Words about one cause are not put to another.
    expect(
      reason({ pod: null, lost: { code: 'evicted', detail: 'x' }, started: false, deadline: { exceeded: true } }),
    ).toBe('A node took the Pod, and its containers never ran');
  });

  it('lets what was proved stand, whatever took the Pod away then', () => {
    expect(decideVerdict({ ...endedWith(3), pod: null, lost: { code: 'evicted', detail: null } }).code).toBe(
      'tests-failed',
    );
    expect(decideVerdict(anInput({ pod: null, lost: { code: 'pod-gone', detail: null } })).code).toBe('passed');
  });

  it('names the limit that was reached', () => {
    const limits = { memoryBytes: 4 * 2 ** 30, diskBytes: 512 * 2 ** 20, logBytes: 2.5 * 2 ** 30 };
    const reason = (input: VerdictInput) => decideVerdict({ ...input, limits }).reason;
    const freed = [{ exitCode: 36, action: repairActions.spaceFreed }];

    expect(reason(lost({ pod: aPod({ containers: { build: ended(137, 'OOMKilled') } }) }))).toBe(
      'Out of memory (limit 4 GiB)',
    );
    expect(reason(endedWith(36, { repairs: freed }))).toBe('The disk is full (limit 512 MiB)');
    expect(reason(endedWith(8, { logTooLarge: true }))).toBe('The log is too large (limit 2.5 GiB)');
  });
});
