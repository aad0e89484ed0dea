import { type Flakiness, flakeRate } from '../../../shared/history/flakiness.ts';
import type { KeptStatus, PastResult } from '../../../shared/history/history.ts';
import type { Mark, Tone } from './headline.ts';
import { figure } from './text.ts';
import { duration } from '../../../shared/time-words.ts';

/** `3 of the last 20`. */
export function flakyWords({ flaky, of }: Pick<Flakiness, 'flaky' | 'of'>): string {
  return `${figure(flaky)} of the last ${figure(of)}`;
}

/** `15 %`; what is there is never said to be nothing. */
export function rateWords(flakiness: Pick<Flakiness, 'flaky' | 'of'>): string {
  const percent = flakeRate(flakiness) * 100;
  return `${percent > 0 && percent < 1 ? '< 1' : Math.round(percent)} %`;
}

interface StatusLook {
  readonly tone: Tone;
  readonly mark: Mark;
  readonly word: string;
}

const looks: Readonly<Record<KeptStatus, StatusLook>> = {
  PASSED: { tone: 'good', mark: 'passed', word: 'Passed' },
  FLAKY: { tone: 'warn', mark: 'warning', word: 'Flaky' },
  FAILED: { tone: 'bad', mark: 'failed', word: 'Failed' },
  TIMEOUT: { tone: 'bad', mark: 'waiting', word: 'Timed out' },
  REMOTE_FAILURE: { tone: 'bad', mark: 'stopped', word: 'Remote failure' },
};

export function lookOf(status: KeptStatus): StatusLook {
  return looks[status];
}

/** `Flaky in 3 attempts after 1.2 s`. */
export function resultWords({ status, attempts, durationMs }: PastResult): string {
  const { word } = looks[status];
  return [
    word,
    ...(attempts > 1 ? [`in ${figure(attempts)} attempts`] : []),
    ...(durationMs === null ? [] : [`after ${duration(durationMs)}`]),
  ].join(' ');
}
