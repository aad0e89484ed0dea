import type { Context } from 'hono';
import { buildLogName, testFileName } from '../../../shared/logs/layout.ts';
import type { OfRun } from '../gate.ts';
import type { Services } from '../services.ts';

/** Long enough to start a download of 2 GiB, too short to be passed around. */
const linkSeconds = 300;

export interface LogHandlers {
  /** The stable address of a run's log, for programs and people alike. */
  readonly whole: (context: Context, asked: OfRun) => Promise<Response>;
  /** The log of one failed test of an attempt. */
  readonly test: (context: Context, asked: OfRun) => Promise<Response>;
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
    async test(context, { run }) {
      const attempt = Number(context.req.param('attempt'));
      const number = Number(context.req.param('test'));
      const name = testFileName({ runId: run.id, attempt }, { number, file: 'log' });
      return await link(context, name, `${run.id}-test-${number}.log`);
    },
  };
}
