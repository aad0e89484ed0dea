import type { EventSnapshot } from '../../shared/bazel/events.ts';
import { summarize } from '../../shared/bazel/summary.ts';
import { askedOf } from '../../shared/history/test-set.ts';
import { parseJson } from '../../shared/json.ts';
import { logPrefix } from '../../shared/attempt/layout.ts';
import { resultLimits, type RunResult } from '../../shared/attempt/result.ts';
import { ExitFile, JobFile, runFiles } from '../../shared/attempt/run-files.ts';
import type { CourierSpec } from '../../shared/attempt/spec.ts';
import type { Archived } from './archive.ts';
import { readBelow } from './hostile-files.ts';
import type { FollowedLog } from './log-courier.ts';

/** What checkout and build said of themselves; null for who did not come to its end. */
export interface LastWords {
  readonly exit: ExitFile | null;
  readonly job: JobFile | null;
}

const exitBytes = 64 * 1024;
const jobBytes = 4 * 1024 * 1024;

export async function readLastWords(runFolder: string): Promise<LastWords> {
  return {
    exit: await read(runFiles.exit, exitBytes, (text) => parseJson(ExitFile, text, { what: 'exit' })),
    job: await read(runFiles.job, jobBytes, (text) => parseJson(JobFile, text, { what: 'job.json' })),
  };

  async function read<Value>(path: string, limit: number, parse: (text: string) => Value): Promise<Value | null> {
    const bytes = await readBelow(runFolder, path, limit);
    if (typeof bytes === 'string') return null;
    try {
      return parse(bytes.toString('utf8'));
    } catch {
      // The build can write there what it likes; what is not ours to understand is as good as nothing.
      return null;
    }
  }
}

/** What is known of an attempt at its end. Who it was comes from the specification alone. */
export function describeResult(known: {
  readonly spec: CourierSpec;
  readonly lastWords: LastWords;
  readonly log: FollowedLog;
  readonly archived: Archived;
  readonly snapshot: EventSnapshot;
  /** Full names of objects that the storage does not have. */
  readonly missing: readonly string[];
  readonly endedAt: Date;
  readonly now: Date;
}): RunResult {
  const { spec, lastWords, log, archived, snapshot } = known;
  const { exit, job } = lastWords;
  const { events, counts, failed, toolchain } = summarize(snapshot);
  // As they are called below the attempt's prefix.
  const missing = known.missing.map((name) => name.replace(logPrefix(spec), ''));
  return {
    v: 1,
    runId: spec.runId,
    attempt: spec.attempt,
    epoch: spec.epoch,
    exitCode: exit?.exitCode ?? null,
    // Without a last word, more may have been to come.
    complete: exit !== null && !log.tooLarge && !log.refused && !missing.includes('build.log'),
    events,
    bytes: archived.bytes,
    lines: archived.lines,
    sha256: archived.sha256,
    chunks: log.chunks,
    counts,
    failed,
    ...(job === null ? {} : { asked: askedOf(job.bazel) }),
    toolchain: exit?.toolchain ?? toolchain?.slice(0, resultLimits.text) ?? null,
    oomKills: exit?.oomKills ?? 0,
    repairs: exit?.repairs ?? [],
    phases: {
      ...(job === null ? {} : { checkout: { startedAt: job.startedAt, finishedAt: job.finishedAt } }),
      ...(exit === null || job === null ? {} : { build: { startedAt: exit.startedAt, finishedAt: exit.finishedAt } }),
      upload: { startedAt: known.endedAt.toISOString(), finishedAt: known.now.toISOString() },
    },
    missing: missing.slice(0, resultLimits.missing),
    logTooLarge: log.tooLarge,
  };
}
