import type { FailingAction, TargetCounts, TargetResult } from '../run/result.ts';

/** What bounds an event reader, whatever a build writes. */
export interface EventLimits {
  /** Characters of a line; a longer one is passed over. */
  readonly line: number;
  /** Nested objects and arrays in a line; a deeper one is passed over. */
  readonly depth: number;
  /** Targets; of more, only their number is kept. */
  readonly targets: number;
  readonly failures: number;
}

/** Where an attempt's files lie on the machine of the build. Never to be published. */
export interface AttemptFiles {
  readonly label: string;
  readonly run: number;
  readonly shard: number;
  readonly attempt: number;
  /** Absolute paths; null if there is none on this machine. */
  readonly log: string | null;
  readonly xml: string | null;
}

export interface EventSnapshot {
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
  readonly files: AttemptFiles[];
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

export function createEventReader(_options: { readonly limits?: Partial<EventLimits> } = {}): EventReader {
  throw new Error('not built yet');
}
