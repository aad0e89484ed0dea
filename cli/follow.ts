import type { LiveQuery, LiveView } from '../shared/api/live-schemas.ts';
import type { RunView } from '../shared/api/schemas.ts';
import { isFailure } from '../shared/bazel/test-status.ts';
import { errorCode } from '../shared/errors.ts';
import { waits } from '../shared/run/transitions.ts';
import { type CommandContext, CommandError } from './command.ts';
import { coloured, colourOf, wordOf } from './run-words.ts';
import type { Server } from './server.ts';
import { oneLine } from './text.ts';

const pauseMilliseconds = 1_000;
const retryMilliseconds = 5_000;
/** About five minutes. */
const mostRetries = 60;

/** Told of a run as it goes on. */
export interface Follower {
  /** What was printed since; `lost` where something before it is not to be had. */
  log?(text: string, lost: boolean): void;
  /** How it stands now. */
  progress?(view: LiveView): void;
  trouble?(words: string): void;
}

/**
 * Follows a run to its end. A server that is away for a moment is asked again, from where the answers broke off.
 * @returns the run as it ended. @throws CommandError if the server does not come back
 */
export async function followRun(
  { clock, signal }: Pick<CommandContext, 'clock' | 'signal'>,
  server: Pick<Server, 'live'>,
  id: string,
  follower: Follower,
): Promise<RunView> {
  let cursor: Partial<LiveQuery> = { line: 0 };
  for (let retries = 0; ;) {
    signal.throwIfAborted();
    try {
      const view = await server.live(id, cursor);
      retries = 0;
      const { attempt, chunk, line, targets } = view.cursor;
      cursor = { attempt, chunk, targets, ...(line === null ? {} : { line }) };
      const { text, lost, passedOver } = view.log;
      if (text !== '' || lost || passedOver > 0) follower.log?.(text, lost || passedOver > 0);
      follower.progress?.(view);
      if (view.run.state === 'finished' && !view.more) return view.run;
      if (!view.more) await clock.sleep(pauseMilliseconds, signal);
    } catch (error) {
      if (!(error instanceof CommandError) || errorCode(error) !== 'store-unavailable' || retries === mostRetries)
        throw error;
      retries += 1;
      if (retries === 1) follower.trouble?.('connection lost, trying again');
      await clock.sleep(retryMilliseconds, signal);
    }
  }
}

/**
 * Says how a run goes on: on a terminal one line at the bottom that changes, and above it what stays; elsewhere a line for each change.
 */
export function createProgress({ io, clock }: Pick<CommandContext, 'io' | 'clock'>): Follower & { end(): void } {
  const told = { phase: '', isLive: false };
  const time = (): string => clock.now().toISOString().slice(11, 19);
  const stays = (line: string): void => {
    io.stdout.write(`${told.isLive ? '\r\u001b[2K' : ''}${line}\n`);
    told.isLive = false;
  };
  const end = (): void => {
    if (told.isLive) io.stdout.write('\r\u001b[2K');
    told.isLive = false;
  };
  return {
    end,
    trouble: stays,
    progress({ run, headline, line, targets }) {
      for (const { label, status } of targets.filter(({ status: is }) => isFailure(is)))
        stays(`${coloured(status, 'red', io.color)} ${oneLine(label)}`);
      if (run.state === 'finished') return;
      const why = waits(run) && run.waitReason !== null ? `: ${oneLine(run.waitReason)}` : '';
      const phase = `${oneLine(headline.words)}${why}${run.attempt > 1 ? ` (attempt ${run.attempt})` : ''}`;
      if (phase !== told.phase) stays(`${coloured(time(), 'dim', io.color)} ${phase}`);
      told.phase = phase;
      if (!io.color || line === '') return;
      io.stdout.write(`\r\u001b[2K${coloured(oneLine(line), 'dim', true)}`);
      told.isLive = true;
    },
  };
}

/** The last lines about a run: how it ended, why, and where its page is. */
export function endWords(run: RunView, color: boolean): string {
  const reason = run.reason === null ? '' : `: ${oneLine(run.reason)}`;
  return `${coloured(wordOf(run), colourOf(run), color)}${reason}\n${run.url}\n`;
}
