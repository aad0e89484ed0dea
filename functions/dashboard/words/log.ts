import { waits } from '../../../shared/run/transitions.ts';
import type { Run } from '../../../shared/run/run.ts';
import { figure } from './text.ts';

/** Said below the log. */
export function logNote({ state, log }: Run): string {
  if (state !== 'finished') return 'The log goes on while the run does.';
  if (log === null) return '';
  const lines = `${figure(log.lines)} ${log.lines === 1 ? 'line' : 'lines'}`;
  return log.complete ? `The log is complete: ${lines}.` : `The log is not complete: ${lines} of it were kept.`;
}

/** Said after the last line of a log whose end is missing; null if it is not. */
export function missingEnd({ state, log, outcome }: Run): string | null {
  if (state !== 'finished' || log === null || log.complete) return null;
  const why = outcome === null ? '' : ` ${outcome.reason.replace(/[.\s]+$/, '')}.`;
  return `The log ends here; what came after was not kept.${why}`;
}

/** Said where there is nothing to show. */
export function noLines(run: Run): string {
  const { state, log } = run;
  if (waits(run)) return 'Nothing yet: the run waits.';
  if (state !== 'finished') return 'Nothing yet.';
  return log === null || log.complete ? 'There is no log.' : 'Nothing of the log was kept.';
}
