import { countTargets } from '../../shared/bazel/counts.ts';
import { askedOf } from '../../shared/history/test-set.ts';
import type { RunRequested } from '../../shared/messages/messages.ts';
import type { RunResult, TargetResult } from '../../shared/attempt/result.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { readHistories } from '../../shared/store/history.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { noon, sampleRequest, sampleRunId, sampleSha } from '../support/sample-run.ts';
import { target } from './dashboard/made-runs.ts';

const usual = askedOf({ targets: ['//...'], flags: [] });

/** What its attempt ends with. */
export interface End {
  readonly targets: readonly TargetResult[];
  readonly result?: Partial<RunResult>;
  /** Of Bazel. */
  readonly exitCode?: number;
}

/** A control plane in which whole runs with their targets go by. */
export function createRunsOfTests(documents: Documents) {
  const plane = createControlPlane({ documents });
  const push = async (number: number, changes: Partial<RunRequested> = {}) => {
    plane.clock.advance(60_000);
    const at = new Date(noon.getTime() + number * 60_000).toISOString();
    await plane.handle(
      sampleRequest({ runId: sampleRunId(number), sha: sampleSha(number), pushedAt: at, requestedAt: at, ...changes }),
    );
    await plane.drain();
  };
  /** What the courier leaves, and the Job's end; the watcher has not heard of it. */
  const leave = async (number: number, { targets, result = {}, exitCode = exitOf(targets) }: End) => {
    const run = await plane.run(sampleRunId(number));
    plane.putTargets(run, targets);
    const counts = countTargets({
      tests: targets.filter(({ kind }) => kind === 'sh_test'),
      targets: targets.length,
    });
    const failed = targets
      .filter(({ status }) => status !== 'PASSED' && status !== 'FLAKY')
      .map(({ label, status }) => ({ label, status }))
      .slice(0, 20);
    const events = { complete: true, exitCode };
    plane.putResult(run, { exitCode, events, counts, failed, asked: usual, ...result });
    plane.cluster.end(run.job?.name ?? '', { terminal: exitCode === 0 ? 'Complete' : 'Failed', build: { exitCode } });
    return run;
  };
  /** The rules are asked for when all of them have looked: in between nothing of what is read belongs together. */
  const lookAtOnce = async (numbers: readonly number[]) => {
    await Promise.all(
      numbers.map(async (number) => {
        await plane.handle({ v: 1, type: 'run.changed', runId: sampleRunId(number) });
      }),
    );
    await plane.drain();
  };
  const look = async (number: number) => {
    await lookAtOnce([number]);
    return (await plane.run(sampleRunId(number))).outcome;
  };
  const run = async (number: number, end: End, changes: Partial<RunRequested> = {}) => {
    await push(number, changes);
    await leave(number, end);
    return await look(number);
  };
  /** Oldest first, in a word each. */
  const historyOf = async (label: string) =>
    ((await readHistories(documents, '42', [label])).get(label) ?? []).map(({ status }) => status).toReversed();
  return { ...plane, documents, push, leave, look, lookAtOnce, finish: run, historyOf };
}

function exitOf(targets: readonly TargetResult[]): number {
  if (targets.some(({ status }) => status === 'FAILED_TO_BUILD')) return 1;
  return targets.some(({ status }) => status === 'FAILED' || status === 'TIMEOUT') ? 3 : 0;
}

export const a = (status: TargetResult['status'], more: Partial<TargetResult> = {}) =>
  target('//a:a_test', status, more);
export const b = (status: TargetResult['status'], more: Partial<TargetResult> = {}) =>
  target('//b:b_test', status, more);
