import type { Context } from 'hono';
import { unitOfWork, type Work } from '../../../shared/log.ts';
import type { Log } from '../../../shared/outside/log.ts';
import type { Run } from '../../../shared/run/run.ts';
import { readRun } from '../../../shared/store/runs.ts';
import { traceOf } from '../../../shared/trace.ts';
import { clientAddress } from '../access/client-address.ts';
import type { ShownRun } from '../access/gate.ts';
import { problemOf, viewOf } from '../http/problems.ts';
import { eventsOf, type Telling, type Told, toldAt, written } from '../models/run-events.ts';
import type { Services } from '../services.ts';

/** When a stream does what, in milliseconds. */
const streamTimes = {
  /** It looks so often what is new. */
  every: 1_000,
  /** Then it ends, and whoever reads on asks anew, with the right that they have then. */
  atMost: 60_000,
  /** It is silent no longer: a connection on which nothing happens is cut by somebody on the way. */
  silent: 15_000,
} as const;

/** Where what is told goes. Waits for a reader that is slower. */
interface Reader {
  readonly left: AbortSignal;
  write(text: string): Promise<void>;
}

/** How often somebody looked what is new, and how much was. */
interface Cost {
  looks: number;
  events: number;
}

/**
 * A run as it goes on, as a stream of events. Of a reader that is slow it holds one step; of one that has left, nothing. Each stream has its
 * own line in the log, at its end, which says what it cost.
 */
export function createEventStream(services: Services, log: Log) {
  const { documents, live, limits, access, clock } = services;

  const tellingOf = async (run: Run, told: Told): Promise<Telling> => eventsOf(await live.view(run, told.cursor), told);

  /** @returns why it ended */
  const follow = async (id: string, first: Telling, reader: Reader, cost: Cost): Promise<string> => {
    const until = clock.now().getTime() + streamTimes.atMost;
    let spoke = clock.now().getTime();
    for (let telling = first; ;) {
      cost.looks += 1;
      for (const event of telling.events) {
        await reader.write(written(event));
        cost.events += 1;
      }
      const now = clock.now().getTime();
      if (telling.events.length > 0) spoke = now;
      if (telling.isEnd) return 'run ended';
      if (now >= until) return 'time';
      if (now - spoke >= streamTimes.silent) {
        await reader.write(':\n\n');
        spoke = now;
      }
      if (!telling.more) await clock.sleep(streamTimes.every, reader.left);
      const run = await readRun(documents, id);
      if (run === null) return 'run gone';
      telling = await tellingOf(run.value, telling.told);
    }
  };

  /** What goes wrong is told too: whoever reads on asks again in a moment. */
  const tell = async (id: string, first: Telling, reader: Reader, work: Work): Promise<void> => {
    const cost = { looks: 0, events: 0 };
    try {
      // The pause before who was cut off asks again.
      await reader.write(`retry: ${streamTimes.every}\n\n`);
      work.note({ ended: await follow(id, first, reader, cost) });
    } catch (error) {
      if (reader.left.aborted) return work.note({ ended: 'reader left' });
      await reader.write(`event: problem\ndata: ${JSON.stringify(viewOf(problemOf(error, clock.now())))}\n\n`);
      throw error;
    } finally {
      work.note(cost);
    }
  };

  return async (context: Context, { run, caller }: ShownRun): Promise<Response> => {
    const who =
      caller === null ? clientAddress(context.req.header('x-forwarded-for')) : (await access.person(caller)).id;
    const first = await tellingOf(run, toldAt(context.req.header('last-event-id')));
    if (first.isEnd && first.events.length === 0) return context.body(null, 204);
    const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
    if (context.req.method === 'HEAD') return context.body(null, 200, headers);
    const release = limits.stream(who, streamTimes.atMost);
    const of = { log, clock, op: 'stream', fields: { run: run.id }, trace: traceOf(context.req.header()) };
    const body = streamOf(async (reader) => {
      try {
        await unitOfWork(of, async (work) => {
          await tell(run.id, first, reader, work);
        });
      } finally {
        release();
      }
    });
    return context.body(body, 200, headers);
  };
}

/** Bytes as `write` says them, until it is done. An error of it ends them: it is in the log by then. */
function streamOf(write: (reader: Reader) => Promise<void>): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  const left = new AbortController();
  writer.closed.catch(() => {
    left.abort();
  });
  const begun = write({
    left: left.signal,
    write: async (text) => {
      await writer.write(text);
    },
  });
  void begun
    .catch(() => undefined)
    .then(async () => await writer.close())
    .catch(() => undefined);
  return readable.pipeThrough(new TextEncoderStream());
}
