import { type DestinationStream, type Logger, pino } from 'pino';
import type { Clock } from './outside/clock.ts';
import type { Log, LogFields } from './outside/log.ts';
import { errorCode, errorTable, publicMessage } from './errors.ts';
import { withTally, type Trace } from './tally.ts';

const severities: Record<string, string> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

/**
 * A log of JSON lines in Cloud Logging's format (https://cloud.google.com/logging/docs/structured-logging).
 * Known names of secrets are struck out wherever they stand at the first two levels.
 */
export function createLog(options: {
  readonly service: string;
  /** For the full names of traces. */
  readonly project?: string;
  readonly destination?: DestinationStream;
}): Log {
  const logger: Logger = pino(
    {
      messageKey: 'message',
      base: null,
      timestamp: false,
      formatters: { level: (label) => ({ severity: severities[label] ?? 'DEFAULT', service: options.service }) },
      redact: {
        paths: ['token', 'secret', 'authorization', 'cookie', '*.token', '*.secret', '*.authorization', '*.cookie'],
        censor: '[redacted]',
      },
    },
    // Synchronous: an instance may be frozen or ended right after its answer.
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
  const full = ({ trace, ...fields }: LogFields): LogFields =>
    trace === undefined || options.project === undefined
      ? fields
      : { ...fields, 'logging.googleapis.com/trace': `projects/${options.project}/traces/${trace}` };
  return {
    info: (fields, message) => {
      logger.info(full(fields), message);
    },
    warn: (fields, message) => {
      logger.warn(full(fields), message);
    },
    error: (fields, message) => {
      logger.error(full(fields), message);
    },
  };
}

/** What a unit of work adds to its own line while it goes on. */
export interface Work {
  /** Adds or replaces fields of the line. */
  note(fields: LogFields): void;
}

/**
 * Runs one unit of work and writes exactly one wide line about it: `op`, `ok`, `duration_ms`, what it noted, what it asked
 * of other systems, and `error.code` if it threw. The error goes on to the caller.
 */
export function unitOfWork<Result>(
  options: {
    readonly log: Log;
    readonly clock: Clock;
    readonly op: string;
    readonly fields?: LogFields;
    readonly trace?: Trace | null;
  },
  work: (work: Work) => Promise<Result>,
): Promise<Result> {
  return withTally(async (tally) => {
    const started = options.clock.now().getTime();
    let fields: LogFields = { op: options.op, trace: options.trace?.id, ...options.fields };
    const finish = (outcome: LogFields): LogFields => ({
      ...fields,
      ...outcome,
      duration_ms: options.clock.now().getTime() - started,
      calls: tally.calls,
      reads: tally.reads,
      writes: tally.writes,
    });
    try {
      const result = await work({
        note: (more) => {
          fields = { ...fields, ...more };
        },
      });
      options.log.info(finish({ ok: true }), options.op);
      return result;
    } catch (error) {
      const failure = { code: errorCode(error), message: publicMessage(error) };
      const stack = failure.code === 'internal' && error instanceof Error ? { stack_trace: error.stack } : {};
      // What somebody else did wrong is no error of ours: Error Reporting stays for those.
      const severity = errorTable[failure.code].status < 500 ? 'warn' : 'error';
      options.log[severity](finish({ ok: false, error: failure, ...stack }), options.op);
      throw error;
    }
  }, options.trace);
}
