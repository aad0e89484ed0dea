import { waits } from '../../../shared/run/transitions.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import { type Run, tookMilliseconds } from '../../../shared/run/run.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { latestRuns } from '../../../shared/store/runs.ts';
import type { LiveQuery, LiveView } from '../../../shared/api/live-schemas.ts';
import { runView, targetViews } from '../api/views.ts';
import { cursorAt, placeOf } from '../log/live-part.ts';
import type { LogReader } from '../log/reader.ts';
import { createMemory } from '../../../shared/memory.ts';
import type { Place } from '../../../shared/queue/place.ts';
import { createPlaces } from './places.ts';
import { isFailure } from '../../../shared/bazel/test-status.ts';
import type { ResultReader, Results } from './results.ts';
import { headline } from '../words/headline.ts';
import { runningLine } from '../words/running.ts';

/** What a page that is open asks for again and again. */
export interface Live {
  view(run: Run, cursor: LiveQuery | LiveView['cursor']): Promise<LiveView>;
  /** How long such runs usually take, in milliseconds; null if nobody knows yet. */
  usualDuration(run: Run): Promise<number | null>;
  /** Where it stands among those that wait; null of one that does not. */
  place(run: Run): Promise<Place | null>;
}

const usualRuns = 12;
const usualMilliseconds = 300_000;
const noPart = { text: '', passedOver: 0, lost: false, at: null, more: false } as const;

export function createLive(options: {
  readonly documents: Documents;
  readonly results: ResultReader;
  readonly log: LogReader;
  readonly clock: Clock;
  readonly dashboardUrl: string;
}): Live {
  const { documents, clock } = options;
  const usual = createMemory<number | null>({ clock, limit: 1_000 });
  const usualDuration = async (run: Run): Promise<number | null> =>
    await usual.of(
      run.repoId,
      // Of all branches: a branch that was just made has no past of its own.
      async () => median(await latestRuns(documents, { repoId: run.repoId, limit: usualRuns })),
      () => usualMilliseconds,
    );
  const places = createPlaces({ documents, clock, usualDuration });

  return {
    usualDuration,
    place: async (run) => await places.of(run),
    async view(run, asked) {
      // Another attempt begins another log.
      const cursor = asked.attempt === run.attempt ? asked : { chunk: 0, line: 0, targets: 0 };
      const from = cursorAt(cursor.chunk, cursor.line ?? null);
      const ref = { runId: run.id, attempt: run.attempt };
      const begun = !waits(run) || cursor.chunk > 0;
      const [part, results, usually, place] = await Promise.all([
        begun ? options.log.after(ref, from) : { ...noPart, line: from.line, cursor: from },
        begun ? options.results.live(ref) : null,
        run.state === 'finished' ? null : usualDuration(run),
        places.of(run),
      ]);
      const { tone, mark, words } = headline(run);
      return {
        run: runView(run, options.dashboardUrl),
        headline: { tone, mark, words },
        line: runningLine({ run, now: clock.now(), usual: usually, tests: countsOf(results), place }),
        tests: countsOf(results),
        targets: targetViews(results?.changedAfter(cursor.targets) ?? [], { run, dashboardUrl: options.dashboardUrl }),
        log: {
          text: part.text,
          line: part.line,
          passedOver: part.passedOver,
          lost: part.lost,
          at: part.at?.toISOString() ?? null,
        },
        cursor: {
          attempt: run.attempt,
          chunk: placeOf(part.cursor),
          line: part.cursor.line,
          targets: results?.piece ?? cursor.targets,
        },
        more: part.more,
      };
    },
  };
}

/** Tests so far; what has no result yet is known, but not done. */
export function countsOf(results: Results | null): LiveView['tests'] {
  const targets = results?.targets ?? [];
  return {
    known: targets.length,
    done: targets.filter(({ status }) => isFailure(status) || status === 'PASSED' || status === 'FLAKY').length,
    failed: targets.filter(({ status }) => isFailure(status)).length,
  };
}

function median(runs: Awaited<ReturnType<typeof latestRuns>>): number | null {
  const durations = runs
    .map(({ value }) => value)
    .filter(({ outcome }) => outcome?.verdict === 'passed' || outcome?.verdict === 'failed')
    .map(tookMilliseconds)
    .filter((took) => took !== null)
    .sort((left, right) => left - right);
  return durations[Math.floor((durations.length - 1) / 2)] ?? null;
}
