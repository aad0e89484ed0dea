import * as z from 'zod';
import { signalOf } from '../attempt/layout.ts';
import { isOrder } from '../run/trigger.ts';
import { YbError } from '../errors.ts';
import { parseJson, parseValue } from '../json.ts';
import { type JobEvent, type Message, type RunEvent, schemas } from './messages.ts';
import type { Topic } from './topics.ts';

/** A Pub/Sub message as it reaches a handler: text of its data, and its attributes. */
export interface RawMessage {
  readonly id: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Messages are small; what is larger is not ours. GCS and Cloud Logging stay far below it. */
const maxBytes = 256 * 1024;

const Envelope = z.object({
  message: z.object({
    data: z
      .string()
      .max(maxBytes * 2)
      .optional(),
    attributes: z.record(z.string(), z.string()).nullish(),
    messageId: z.string().nullish(),
    message_id: z.string().nullish(),
  }),
});

/**
 * Reads the `data` of a CloudEvent `google.cloud.pubsub.topic.v1.messagePublished`, or the body of a raw Pub/Sub push
 * (https://cloud.google.com/pubsub/docs/push#receive_push), in which form a message without data comes through.
 * @throws YbError `malformed-message`
 */
export function readEnvelope(data: unknown): RawMessage {
  const { message } = parseValue(Envelope, data, { what: 'Pub/Sub message' });
  return {
    id: message.messageId ?? message.message_id ?? 'unknown',
    text: Buffer.from(message.data ?? '', 'base64').toString('utf8'),
    attributes: message.attributes ?? {},
  };
}

/** The topic on which a message travels, and its text there. @throws YbError `unprocessable` if its reader would refuse it */
export function encode(message: Message): { readonly topic: Topic; readonly text: string } {
  const topic = topicOf(message);
  const written = parseValue(schemas[topic], message, { what: message.type, code: 'unprocessable' });
  return { topic, text: JSON.stringify(written) };
}

function topicOf(message: Message): keyof typeof schemas {
  switch (message.type) {
    case 'run.requested':
      return isOrder(message.trigger) ? 'orders' : 'pushes';
    case 'repository.changed':
      return message.told === 'host' ? 'pushes' : 'orders';
    case 'run.cancelled':
    case 'run.approved':
      return 'orders';
    case 'volume.freed':
      return 'volumes';
    case 'run.changed':
      return 'run-changes';
    case 'tick':
      return 'ticks';
    case 'job.finished':
    case 'pod.ending':
    case 'signal':
      throw new YbError('unprocessable', `${message.type} is told by others, never by a function`);
  }
}

/** Reads what the scheduler is sent on a topic. @throws YbError `malformed-message` */
export function decodeRunEvent(topic: Topic | null, raw: RawMessage): RunEvent {
  switch (topic) {
    case 'pushes':
    case 'orders':
    case 'volumes':
    case 'replays':
      return parseJson(schemas[topic], raw.text, { what: `message on ${topic}` });
    case 'run-changes':
    case 'job-events':
    case 'signals':
    case 'ticks':
    case null:
      throw unexpected(topic);
  }
}

/** Reads what the watcher is sent on a topic: our own messages, and the two foreign ones. @throws YbError `malformed-message` */
export function decodeJobEvent(topic: Topic | null, raw: RawMessage): JobEvent {
  switch (topic) {
    case 'run-changes':
    case 'ticks':
      return parseJson(schemas[topic], raw.text, { what: `message on ${topic}` });
    case 'signals':
      return decodeNotification(raw.attributes['objectId'] ?? '');
    case 'job-events':
      return decodeLogEntry(raw.text);
    case 'pushes':
    case 'orders':
    case 'volumes':
    case 'replays':
    case null:
      throw unexpected(topic);
  }
}

function unexpected(topic: Topic | null): YbError {
  return new YbError('malformed-message', topic === null ? 'it came by no topic' : `nobody here reads ${topic}`);
}

/** GCS notification (https://cloud.google.com/storage/docs/pubsub-notifications): the attributes say it all. */
function decodeNotification(objectId: string): JobEvent {
  const told = signalOf(objectId);
  if (told === null) throw new YbError('malformed-message', 'storage notification: not an object of a run');
  return { v: 1, type: 'signal', ...told };
}

/** A Kubernetes event of a Job or a Pod, as GKE's exporter writes it to Cloud Logging. */
const LogEntry = z.object({
  jsonPayload: z.object({
    involvedObject: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('Job'), uid: z.string().min(1).max(100) }),
      z.object({ kind: z.literal('Pod'), name: z.string().min(1).max(253) }),
    ]),
  }),
});

function decodeLogEntry(text: string): JobEvent {
  const { involvedObject } = parseJson(LogEntry, text, { what: 'log entry' }).jsonPayload;
  return involvedObject.kind === 'Job'
    ? { v: 1, type: 'job.finished', jobUid: involvedObject.uid }
    : { v: 1, type: 'pod.ending', podName: involvedObject.name };
}
