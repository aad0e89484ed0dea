import * as z from 'zod';
import { signalOf } from '../attempt/layout.ts';
import { YbError } from '../errors.ts';
import { parseJson, parseValue } from '../json.ts';
import { JobEvent, OwnJobEvent, RunEvent } from './messages.ts';

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

/** @throws YbError `malformed-message` */
export function decodeRunEvent(raw: RawMessage): RunEvent {
  return parseJson(RunEvent, raw.text, { what: 'run event' });
}

/**
 * Reads what arrives on `job-events`: our own messages, and the two foreign ones.
 * @throws YbError `malformed-message`
 */
export function decodeJobEvent(raw: RawMessage): JobEvent {
  if (raw.attributes['eventType'] !== undefined && raw.attributes['objectId'] !== undefined) {
    return decodeNotification(raw.attributes['objectId']);
  }
  const value = parseJson(z.record(z.string(), z.unknown()), raw.text, { what: 'job event' });
  return 'jsonPayload' in value ? decodeLogEntry(value) : parseValue(OwnJobEvent, value, { what: 'job event' });
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

function decodeLogEntry(value: unknown): JobEvent {
  const { involvedObject } = parseValue(LogEntry, value, { what: 'log entry' }).jsonPayload;
  return involvedObject.kind === 'Job'
    ? { v: 1, type: 'job.finished', jobUid: involvedObject.uid }
    : { v: 1, type: 'pod.ending', podName: involvedObject.name };
}
