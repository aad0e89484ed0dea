import { type FailingAction, type TargetCounts, type TargetResult, resultLimits } from '../attempt/result.ts';
import { countTargets } from './counts.ts';
import { readEvent } from './event-schema.ts';
import { type Invocation, createInvocation } from './invocation.ts';
import type { ActionFiles, AttemptFiles } from './local-files.ts';
import { type TargetState, filesOf, resultOf, statusOf } from './target-state.ts';

/** What bounds an event reader, whatever a build writes. */
export interface EventLimits {
  /** Characters of a line; a longer one is passed over. */
  readonly line: number;
  /** Nested objects and arrays in a line; a deeper one is passed over. */
  readonly depth: number;
  /** Targets; of more, only their number is kept. */
  readonly targets: number;
  /** Attempts of all targets; of more, only what they do to their target's status is kept. */
  readonly attempts: number;
  readonly failures: number;
}

export interface EventSnapshot {
  /** At least one line was a build event. */
  readonly readable: boolean;
  readonly targets: TargetResult[];
  readonly failures: FailingAction[];
  /** The exit code that the events tell; null before Bazel said that it had finished. */
  readonly exitCode: number | null;
  readonly exitName: string | null;
  /** The last event was seen. */
  readonly complete: boolean;
  readonly started: boolean;
  readonly counts: TargetCounts;
  /** Bazel's version. */
  readonly toolchain: string | null;
  /** The labels of all test targets, sorted. */
  readonly tests: string[];
  /** The files of each attempt in `targets`. */
  readonly files: AttemptFiles[];
  /** The output of each of `failures`, at the same place; null for what is no action. */
  readonly failureFiles: (ActionFiles | null)[];
}

/**
 * Reads Bazel's build events as they come, one JSON object a line. It takes any text without throwing: what it does not
 * know or cannot read is passed over. A second `started` with another id begins anew: the last invocation counts.
 */
export interface EventReader {
  push(line: string): void;
  /** The targets that became known or changed since the last call. */
  changed(): TargetResult[];
  snapshot(): EventSnapshot;
}

export function createEventReader(options: { readonly limits?: Partial<EventLimits> } = {}): EventReader {
  const limits: EventLimits = { ...defaultLimits, ...options.limits };
  let seen: Invocation = createInvocation(limits);
  const changed = new Set<TargetState>();
  let readable = false;

  const describe = (state: TargetState): TargetResult => resultOf(state, seen.complete);

  return {
    push(line) {
      const event = readEvent(line, limits);
      if (event === null) return;
      readable = true;
      if (event === 'of no interest') return;
      if (event.started !== undefined && seen.started && seen.uuid !== (event.started.uuid ?? null)) {
        seen = createInvocation(limits);
        changed.clear();
      }
      for (const state of seen.apply(event)) changed.add(state);
    },
    changed() {
      const results = [...changed].filter(isShown).map(describe);
      changed.clear();
      return results;
    },
    snapshot() {
      const states = [...seen.targets.values()].sort((a, b) => compare(a.label, b.label));
      const tests = states.filter((state) => state.test);
      const failures = seen.failures();
      return {
        readable,
        targets: states.filter(isShown).map(describe),
        failures: failures.map(({ told }) => told),
        exitCode: seen.finished?.code ?? null,
        exitName: seen.finished?.name ?? null,
        complete: seen.complete,
        started: seen.started,
        counts: countTargets({ tests: tests.map(describe), targets: states.length + seen.untold }),
        toolchain: seen.toolchain,
        tests: tests.map((state) => state.label),
        files: states.flatMap(filesOf),
        failureFiles: failures.map(({ files }) => files),
      };
    },
  };
}

const defaultLimits: EventLimits = {
  line: 8 * 1024 * 1024,
  depth: 64,
  targets: resultLimits.targets,
  attempts: 100_000,
  failures: resultLimits.failures,
};

/** Of targets that are no tests, only those are told that failed to build. */
function isShown(state: TargetState): boolean {
  return state.test || statusOf(state, false) === 'FAILED_TO_BUILD';
}

/** By code units: the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
