import type { Place } from '../../../shared/queue/place.ts';
import type { Run } from '../../../shared/run/run.ts';
import { waits } from '../../../shared/run/transitions.ts';
import { figure, many } from './text.ts';
import { duration } from '../../../shared/time-words.ts';

/** What is to be said about a run that goes on: how long, how long such runs take, how far it is. */
export function runningLine(options: {
  readonly run: Run;
  readonly now: Date;
  /** How long such runs take, in milliseconds. */
  readonly usual: number | null;
  readonly tests: { readonly known: number; readonly done: number; readonly failed: number };
  /** Of one that waits. */
  readonly place: Place | null;
}): string {
  const { run, now, usual, tests, place } = options;
  if (run.state === 'finished') return '';
  if (waits(run)) {
    const since = soFar(run.createdAt, now);
    return [since, run.waitReason ?? 'starts in a moment', ...placeWords(place)].join(' · ');
  }
  const since = run.startedAt === null ? [] : [soFar(run.startedAt, now)];
  const usually = usual === null ? [] : [`such runs take about ${duration(usual)}`];
  return [...since, ...usually, ...progress(tests)].join(' · ');
}

function placeWords(place: Place | null): string[] {
  if (place === null || place.before === 0) return [];
  const before = `${place.orMore ? 'at least ' : ''}${many(place.before, 'run')} before it`;
  return [before, ...(place.startsInMs === null ? [] : [`starts in about ${duration(place.startsInMs)}`])];
}

function soFar(from: Date, now: Date): string {
  return `${duration(now.getTime() - from.getTime())} so far`;
}

function progress(tests: { readonly known: number; readonly done: number; readonly failed: number }): string[] {
  if (tests.known === 0) return [];
  const done = `${figure(tests.done)} of ${many(tests.known, 'test')} done`;
  return [tests.failed === 0 ? done : `${done}, ${figure(tests.failed)} failed`];
}
