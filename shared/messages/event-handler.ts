import { traceOf } from '../trace.ts';
import { type Topic, topicOfSource } from './topics.ts';
import type { Clock } from '../outside/clock.ts';
import { dispositionOf, errorCode, publicMessage } from '../errors.ts';
import type { Log } from '../outside/log.ts';
import { type Work, unitOfWork } from '../log.ts';
import { type RawMessage, readEnvelope } from './codec.ts';
import type { Messenger } from './messenger.ts';

/** The fields of a CloudEvent that are looked at; without data the framework hands over the raw push body. */
export interface PushedEvent {
  readonly id?: string;
  /** `//pubsub.googleapis.com/projects/P/topics/T` */
  readonly source?: string;
  readonly data?: unknown;
}

/**
 * Makes the one-parameter handler of an event function (with two the framework waits for a callback for ever). It reads the
 * message, hands it to `handle`, and does with a failure what the table of errors says: throw, so that Pub/Sub delivers
 * again; or put the message aside with its reason and acknowledge; or acknowledge. Nothing is acknowledged before that is done.
 */
export function createEventHandler<Message>(options: {
  readonly op: string;
  /** Stands before the name of each topic. */
  readonly topicPrefix: string;
  readonly decode: (topic: Topic | null, raw: RawMessage) => Message;
  readonly handle: (message: Message, work: Work) => Promise<void>;
  readonly messenger: Messenger;
  readonly log: Log;
  readonly clock: Clock;
}): (event: PushedEvent) => Promise<void> {
  return async (event) => {
    const raw = readable(event);
    const topic = topicOfSource(event.source ?? '', options.topicPrefix);
    const fields = { message_id: raw.id, topic: topic ?? undefined };
    try {
      await unitOfWork(
        { log: options.log, clock: options.clock, op: options.op, fields, trace: traceOf(raw.attributes) },
        async (work) => {
          await options.handle(options.decode(topic, raw), work);
        },
      );
    } catch (error) {
      switch (dispositionOf(error)) {
        case 'retry':
          throw error;
        case 'dead-letter':
          await options.messenger.deadLetter(raw, `${errorCode(error)}: ${publicMessage(error)}`, topic);
          break;
        case 'acknowledge':
          break;
      }
    }
  };
}

/** The message in its envelope; what has none is kept whole, so that the dead-letter topic shows what came. */
function readable(event: PushedEvent): RawMessage {
  const body: unknown = event.data ?? event;
  try {
    return readEnvelope(body);
  } catch {
    return { id: event.id ?? 'unknown', text: JSON.stringify(body).slice(0, 100_000), attributes: {} };
  }
}
