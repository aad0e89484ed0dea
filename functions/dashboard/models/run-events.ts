import { createHash } from 'node:crypto';
import * as z from 'zod';
import { LiveQuery, type LiveView, type RunEvents } from '../../../shared/api/live-schemas.ts';
import { YbError } from '../../../shared/errors.ts';

/** How far somebody has been told of a run. */
export interface Told {
  readonly cursor: LiveView['cursor'];
  /** Of the state that was told last, a digest; empty before the first. */
  readonly state: string;
}

const nothingTold: Told = { cursor: { attempt: 0, chunk: 0, line: 0, targets: 0 }, state: '' };

type Name = keyof RunEvents;

export interface RunEvent {
  /** How far somebody who has it was told. */
  readonly id: string;
  readonly name: Name;
  readonly data: RunEvents[Name];
}

export interface Telling {
  readonly events: readonly RunEvent[];
  readonly told: Told;
  /** There is more at once. */
  readonly more: boolean;
  /** The run has ended, and there is nothing more to tell of it. */
  readonly isEnd: boolean;
}

/**
 * What is to be told of a run as it is now to somebody who was told so much. Each event's id is good to go on after it: nothing is told
 * twice, and nothing left out. That the run has ended is told last.
 */
export function eventsOf(view: LiveView, before: Told): Telling {
  const { run, headline, targets, tests, log, cursor } = view;
  const { attempt } = run;
  const events: RunEvent[] = [];
  // Another attempt begins another log.
  let told: Told =
    before.cursor.attempt === attempt ? before : { ...before, cursor: { ...nothingTold.cursor, attempt } };
  const tell = <Of extends Name>(name: Of, data: RunEvents[Of], how: Partial<Told>): void => {
    told = { ...told, ...how };
    events.push({ id: idOf(told), name, data });
  };
  if (log.text !== '' || log.lost || log.passedOver > 0) {
    tell('log', { attempt, ...log }, { cursor: { ...told.cursor, chunk: cursor.chunk, line: cursor.line } });
  }
  if (targets.length > 0) tell('targets', { attempt, tests, targets }, { cursor });
  const isFinished = run.state === 'finished';
  const isEnd = isFinished && !view.more;
  const state = digestOf({ run, headline });
  if (state !== told.state && isFinished === isEnd) tell('state', { run, headline }, { cursor, state });
  return { events, told: { ...told, cursor }, more: view.more, isEnd };
}

function digestOf(state: RunEvents['state']): string {
  return createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 12);
}

function idOf({ cursor, state }: Told): string {
  const { attempt, chunk, line, targets } = cursor;
  return [attempt, chunk, line ?? '', targets, state].join('.');
}

const Id = z
  .string()
  .regex(/^\d{1,6}\.\d{1,16}\.\d{0,16}\.\d{1,6}\.(?:[0-9a-f]{12})?$/)
  .transform((id) => id.split('.'));

/**
 * How far who has the event of this id was told; nothing without one.
 * @throws YbError `bad-request` for what is no id of ours
 */
export function toldAt(id: string | undefined): Told {
  if (id === undefined || id === '') return nothingTold;
  const [attempt, chunk, line, targets, state = ''] = Id.safeParse(id).data ?? [];
  const cursor = LiveQuery.safeParse({ attempt, chunk, targets, ...(line === '' ? {} : { line }) });
  if (attempt === undefined || !cursor.success) {
    throw new YbError(
      'bad-request',
      'Last-Event-ID: not an id of these events. Without it, they are told from the first',
    );
  }
  return { cursor: { ...cursor.data, line: cursor.data.line ?? null }, state };
}

/** The event as it is sent: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
export function written({ id, name, data }: RunEvent): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
