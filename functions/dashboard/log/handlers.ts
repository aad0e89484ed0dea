import type { Context } from 'hono';
import type * as z from 'zod';
import { YbError } from '../../../shared/errors.ts';
import { buildLogName, testFileName } from '../../../shared/attempt/layout.ts';
import type {
  LogLineQuery,
  LogLinesQuery,
  LogLinesView,
  LogSearchQuery,
  LogSearchView,
} from '../../../shared/api/log-schemas.ts';
import type { ShownRun } from '../access/gate.ts';
import { logOf } from '../models/log.ts';
import type { Services } from '../services.ts';
import { searchLog } from './search.ts';

/** Long enough to start a download of 2 GiB, too short to be passed around. */
const linkSeconds = 300;

export interface LogHandlers {
  /** The stable address of a run's log, for programs and people alike. */
  readonly whole: (context: Context, asked: ShownRun) => Promise<Response>;
  /** Some lines of it. */
  readonly lines: (context: Context, asked: ShownRun, query: z.output<typeof LogLinesQuery>) => Promise<Response>;
  /** Lines in which something stands. */
  readonly search: (context: Context, asked: ShownRun, query: z.output<typeof LogSearchQuery>) => Promise<Response>;
  /** One line as plain text, for those that are too long for a page. */
  readonly line: (context: Context, asked: ShownRun, query: z.output<typeof LogLineQuery>) => Promise<Response>;
  /** The log of one failed test of an attempt. */
  readonly test: (context: Context, asked: ShownRun) => Promise<Response>;
}

/**
 * Logs are shown from the storage's own address, never from ours: what a build printed is nothing that our pages' origin
 * should serve. Each click makes a new link, signed for this one object and for minutes.
 */
export function createLogHandlers(services: Services): LogHandlers {
  const { objects, log } = services;
  const link = async (context: Context, name: string, filename: string): Promise<Response> => {
    const url = await objects.signedUrl(name, {
      filename,
      disposition: 'inline',
      contentType: 'text/plain; charset=utf-8',
      expiresInSeconds: linkSeconds,
    });
    return context.redirect(url, 302);
  };
  return {
    async whole(context, { run }) {
      const ref = { runId: run.id, attempt: run.attempt };
      if (run.log?.archived === true) return await link(context, buildLogName(ref), `${run.id}.log`);
      return context.body(ReadableStream.from(log.soFar(ref)), 200, {
        'content-type': 'text/plain; charset=utf-8',
        'x-yb-log-complete': 'false',
      });
    },
    async lines(context, { run }, asked) {
      const { items, lines } = await log.lines(...logOf(run), asked);
      return context.json({
        lines: items.flatMap((item) =>
          item.kind === 'lost' || item.number === null
            ? []
            : [{ number: item.number, text: item.text, more: item.more, at: item.at?.toISOString() ?? null }],
        ),
        missing: items.flatMap((item) =>
          item.kind !== 'lost' || item.from === null || item.to === null ? [] : [{ from: item.from, to: item.to }],
        ),
        total: lines,
      } satisfies LogLinesView);
    },
    async search(context, { run }, { q, from }) {
      const found =
        q === ''
          ? { hits: [], from, to: from - 1, next: null }
          : await searchLog(await log.open(...logOf(run)), { words: q, from });
      return context.json({ q, ...found, hits: [...found.hits] } satisfies LogSearchView);
    },
    async line(context, { run }, { number }) {
      const line = await log.line(...logOf(run), number);
      if (line === null) throw new YbError('not-found', 'no such line');
      return context.body(ReadableStream.from(line), 200, { 'content-type': 'text/plain; charset=utf-8' });
    },
    async test(context, { run }) {
      const attempt = Number(context.req.param('attempt'));
      const number = Number(context.req.param('test'));
      const name = testFileName({ runId: run.id, attempt }, { number, file: 'log' });
      return await link(context, name, `${run.id}-test-${number}.log`);
    },
  };
}
