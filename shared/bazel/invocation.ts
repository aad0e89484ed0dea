import { resultLimits } from '../attempt/result.ts';
import type { Aborted, BuildEvent } from './event-schema.ts';
import { type Failure, type FailureList, createFailureList, failureTypeOfAbort, publicMessageOf } from './failures.ts';
import { localPath } from './local-files.ts';
import {
  type TargetState,
  abortResult,
  addResult,
  announceResult,
  createTargetState,
  setAborted,
  setBuilt,
  setKind,
  setOverall,
  setSummary,
} from './target-state.ts';

type TargetCompletedId = NonNullable<BuildEvent['id']['targetCompleted']>;

/** All that one invocation of Bazel has told so far. */
export interface Invocation {
  readonly uuid: string | null;
  readonly started: boolean;
  readonly toolchain: string | null;
  /** The code is null where Bazel ended without telling it in a way that can be read. */
  readonly finished: { readonly code: number | null; readonly name: string | null } | null;
  /** The last event was seen. */
  readonly complete: boolean;
  readonly targets: ReadonlyMap<string, TargetState>;
  /** How many targets there are beyond the limit. */
  readonly untold: number;
  failures(): Failure[];
  /** Takes an event in; returns the targets of which it told. */
  apply(event: BuildEvent): ReadonlySet<TargetState>;
}

export function createInvocation(limits: {
  readonly targets: number;
  readonly attempts: number;
  readonly failures: number;
}): Invocation {
  const targets = new Map<string, TargetState>();
  const failures: FailureList = createFailureList({ limit: limits.failures });
  // What whole targets tell of their failure repeats an action's words; it counts where no action told any.
  const targetFailures: FailureList = createFailureList({ limit: limits.failures });
  let head: Pick<Invocation, 'uuid' | 'started' | 'toolchain'> = { uuid: null, started: false, toolchain: null };
  let finished: Invocation['finished'] = null;
  let complete = false;
  let untold = 0;
  let touched = new Set<TargetState>();
  const room = { attempts: limits.attempts };

  const target = (label: string): TargetState | null => {
    const name = mainRepository(label);
    let state = targets.get(name);
    if (state === undefined) {
      if (targets.size >= limits.targets) return null;
      state = createTargetState(name, room);
      targets.set(name, state);
    }
    touched.add(state);
    state.result = null;
    return state;
  };

  const told = (label: string, change: (state: TargetState) => void): void => {
    const state = target(label);
    if (state !== null) change(state);
  };

  const abort = ({ id, children }: BuildEvent, aborted: Aborted): void => {
    const type = failureTypeOfAbort(aborted.reason);
    if (type !== null) {
      const broken = id.configuredLabel ?? id.unconfiguredLabel ?? id.targetCompleted ?? id.targetConfigured;
      // Of several patterns, only Bazel's words tell which one is broken.
      const [pattern, ...others] = id.pattern?.pattern ?? [];
      const label = broken === undefined ? (others.length === 0 ? pattern : undefined) : mainRepository(broken.label);
      const message = publicMessageOf(aborted.description) ?? causedBy(children ?? [], label);
      failures.add({ label: bounded(label), type, exitCode: null, message });
    }
    const { testResult } = id;
    if (testResult !== undefined) told(testResult.label, (state) => abortResult(state, testResult, aborted));
    const whole = id.targetCompleted ?? id.targetConfigured ?? id.testSummary;
    if (whole !== undefined && whole.aspect === undefined) {
      told(whole.label, (state) => setAborted(state, whole.configuration?.id ?? '', aborted));
    }
  };

  const completeTarget = (id: TargetCompletedId, completed: NonNullable<BuildEvent['completed']>): void => {
    const success = completed.success === true;
    const message = publicMessageOf(completed.failureDetail?.message);
    const failure = { label: mainRepository(id.label), exitCode: null, message };
    if (id.aspect !== undefined) {
      if (!success) failures.add({ ...failure, type: 'Aspect' });
      return;
    }
    if (!success && message !== null) targetFailures.add({ ...failure, type: null });
    told(id.label, (state) => setBuilt(state, id.configuration?.id ?? '', success));
  };

  const failAction = (action: NonNullable<BuildEvent['action']>, label: string | undefined): void => {
    // A failing test is told by its results.
    if (action.success === true || action.type === 'TestRunner') return;
    const told = {
      label: label === undefined ? null : mainRepository(label),
      type: action.type ?? null,
      exitCode: action.failureDetail?.spawn?.spawnExitCode ?? action.exitCode ?? null,
      message: publicMessageOf(action.failureDetail?.message),
    };
    failures.add(told, { stdout: localPath(action.stdout?.uri), stderr: localPath(action.stderr?.uri) });
  };

  /** Newer Bazels say at their end why they did not build: of a package that does not load, nothing else tells. */
  const failInvocation = (code: number | null, words: string | undefined): void => {
    const message = publicMessageOf(words);
    if (message === null || code === null || !doesNotBuild.has(code)) return;
    targetFailures.add({ label: null, type: null, exitCode: null, message });
  };

  const applyToTests = (event: BuildEvent): void => {
    const { testResult: resultId, testSummary: summaryId, targetSummary: overallId } = event.id;
    const { testResult, testSummary, targetSummary } = event;
    for (const { testResult: announced } of event.children ?? []) {
      if (announced !== undefined) told(announced.label, (state) => announceResult(state, announced));
    }
    if (resultId !== undefined && testResult !== undefined) {
      told(resultId.label, (state) => addResult(state, resultId, testResult));
    }
    if (summaryId !== undefined && testSummary !== undefined) {
      told(summaryId.label, (state) => setSummary(state, summaryId.configuration?.id ?? '', testSummary));
    }
    if (overallId !== undefined && targetSummary !== undefined) {
      told(overallId.label, (state) => setOverall(state, overallId.configuration?.id ?? '', targetSummary));
    }
  };

  const applyToTargets = (event: BuildEvent): void => {
    const { configured, completed, action, id } = event;
    if (id.targetConfigured !== undefined && id.targetConfigured.aspect === undefined && configured !== undefined) {
      const state = target(id.targetConfigured.label);
      if (state === null) untold += 1;
      else setKind(state, configured.targetKind, configured.testSize);
    }
    if (id.targetCompleted !== undefined && completed !== undefined) completeTarget(id.targetCompleted, completed);
    if (action !== undefined) failAction(action, action.label ?? id.actionCompleted?.label);
    if (event.aborted !== undefined) abort(event, event.aborted);
  };

  return {
    get uuid() {
      return head.uuid;
    },
    get started() {
      return head.started;
    },
    get toolchain() {
      return head.toolchain;
    },
    get finished() {
      return finished;
    },
    get complete() {
      return complete;
    },
    get untold() {
      return untold;
    },
    targets,
    failures() {
      const actions = failures.list();
      return actions.length > 0 ? actions : targetFailures.list();
    },
    apply(event) {
      touched = new Set();
      if (event.started !== undefined) {
        const version = event.started.buildToolVersion?.trim() ?? '';
        head = { uuid: event.started.uuid ?? null, started: true, toolchain: version === '' ? null : version };
      }
      applyToTargets(event);
      applyToTests(event);
      if (event.finished !== undefined) {
        const end = readEnd(event.finished);
        // Told twice, it is not a success unless both say so.
        if (finished === null || end.code !== 0) finished = end;
        failInvocation(end.code, event.finished.failureDetail?.message);
      }
      if (event.lastMessage === true) complete = true;
      return touched;
    },
  };
}

/** Exit codes by which Bazel says that something does not load, analyse or build, or that it refuses its options. */
const doesNotBuild: ReadonlySet<number> = new Set([1, 2, 7]);

function readEnd({
  exitCode,
  overallSuccess,
}: NonNullable<BuildEvent['finished']>): NonNullable<Invocation['finished']> {
  const name = exitCode?.name ?? null;
  if (exitCode === undefined) return { code: overallSuccess === true ? 0 : null, name };
  const code = exitCode.code ?? 0;
  // Zero is left out, so that a code which got lost looks like it; its name does not.
  const isReadable = code === 0 ? name === null || name === 'SUCCESS' : Number.isInteger(code);
  return { code: isReadable ? code : null, name };
}

/** An older Bazel gives no words: only the dependencies that are to blame. */
function causedBy(children: NonNullable<BuildEvent['children']>, label: string | undefined): string | null {
  const causes = children
    .flatMap((child) => child.configuredLabel?.label ?? child.unconfiguredLabel?.label ?? [])
    .map(mainRepository)
    .filter((cause) => cause !== label);
  return causes.length === 0 ? null : `because of ${causes.slice(0, 10).join(', ')}`;
}

function bounded(label: string | undefined): string | null {
  return label === undefined || label === '' ? null : label.slice(0, resultLimits.label).toWellFormed();
}

/** Newer Bazels may write `@@//a:b` for the main repository's `//a:b`. */
function mainRepository(label: string): string {
  return label.replace(/^@@?\/\//, '//');
}
