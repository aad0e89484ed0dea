import type { TargetCounts } from '../../../shared/attempt/result.ts';
import { type Run, shortSha } from '../../../shared/run/run.ts';
import { figure, many } from './text.ts';

/** How a state looks: a colour of its own, always beside an icon and a word. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

export type Mark = 'passed' | 'failed' | 'warning' | 'running' | 'waiting' | 'stopped';

export interface Headline {
  readonly tone: Tone;
  readonly mark: Mark;
  /** One or two words for lists. */
  readonly word: string;
  /** What a sentence about the run begins with. */
  readonly words: string;
}

/** What is to be said first about a run. */
export function headline(run: Run): Headline {
  switch (run.state) {
    case 'awaiting-approval':
      return { tone: 'idle', mark: 'waiting', word: 'Needs approval', words: 'Waits for approval' };
    case 'queued':
      return {
        tone: 'idle',
        mark: 'waiting',
        word: 'Queued',
        words: run.attempt > 1 ? 'Queued to try again' : 'Queued',
      };
    case 'starting':
      return { tone: 'busy', mark: 'running', word: 'Starting', words: 'Starting' };
    case 'running':
      return run.cancel === null
        ? { tone: 'busy', mark: 'running', word: 'Running', words: 'Testing' }
        : { tone: 'busy', mark: 'running', word: 'Stopping', words: 'Stopping' };
    case 'finishing':
      return { tone: 'busy', mark: 'running', word: 'Finishing', words: 'Collecting the results' };
    case 'finished':
      return finished(run);
  }
}

function finished(run: Run): Headline {
  const { outcome } = run;
  if (outcome === null) return { tone: 'warn', mark: 'warning', word: 'Unknown', words: 'Ended without a verdict' };
  switch (outcome.verdict) {
    case 'passed':
      return { tone: 'good', mark: 'passed', word: 'Passed', words: passedWords(outcome.counts) };
    case 'failed':
      return { tone: 'bad', mark: 'failed', word: 'Failed', words: failedWords(outcome.counts, outcome.failed.length) };
    case 'broken':
      return { tone: 'bad', mark: 'failed', word: 'Broken', words: 'Broken' };
    case 'no-tests':
      return outcome.code === 'tests-disappeared'
        ? { tone: 'bad', mark: 'failed', word: 'No tests', words: 'The tests disappeared' }
        : { tone: 'idle', mark: 'stopped', word: 'No tests', words: 'No tests found' };
    case 'timed-out':
      return { tone: 'bad', mark: 'failed', word: 'Timed out', words: 'Timed out' };
    case 'cancelled':
      return { tone: 'idle', mark: 'stopped', word: 'Cancelled', words: 'Cancelled' };
    case 'superseded':
      return { tone: 'idle', mark: 'stopped', word: 'Superseded', words: 'Superseded' };
    case 'skipped':
      return { tone: 'idle', mark: 'stopped', word: 'Skipped', words: 'Skipped' };
    case 'infrastructure':
      return { tone: 'warn', mark: 'warning', word: 'Not run', words: 'Could not be run' };
  }
}

function passedWords(counts: TargetCounts | null): string {
  if (counts === null) return 'Passed';
  const flaky = counts.flaky > 0 ? `, ${figure(counts.flaky)} flaky` : '';
  return counts.tests === 1 ? `1 test passed${flaky}` : `All ${figure(counts.tests)} tests passed${flaky}`;
}

function failedWords(counts: TargetCounts | null, known: number): string {
  const failed = counts === null ? known : counts.failed + counts.timedOut;
  return failed === 0 ? 'Tests failed' : `${many(failed, 'test')} failed`;
}

/** How many tests the change affected; null if nothing is known of that. */
export function executedWords(counts: TargetCounts | null): string | null {
  if (counts === null || counts.executed + counts.cached === 0) return null;
  return `${figure(counts.executed)} of ${many(counts.tests, 'test')} executed, ${figure(counts.cached)} cached`;
}

/** What a run is called: its commit's first line, or the commit itself. */
export function titleOf(run: Run): string {
  const subject = run.commit?.subject ?? '';
  return subject === '' ? shortSha(run.sha) : subject;
}
