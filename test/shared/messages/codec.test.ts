import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YbError } from '../../../shared/errors.ts';
import {
  type RawMessage,
  decodeJobEvent,
  decodeRunEvent,
  encode,
  readEnvelope,
} from '../../../shared/messages/codec.ts';
import type { Message } from '../../../shared/messages/messages.ts';
import { allTopics, type Topic, topics } from '../../../shared/messages/topics.ts';
import { noon, samplePush, sampleRequest, sampleRunId } from '../../support/sample-run.ts';

const raw = (text: string, attributes: Record<string, string> = {}): RawMessage => ({ id: '1', text, attributes });
const at = noon.toISOString();

const golden: readonly (readonly [Message, string, Topic])[] = [
  [
    { ...samplePush(), runId: sampleRunId(1) },
    '{"v":1,"type":"run.requested","runId":"r0000000000000000000000001","repoId":"42","ref":"refs/heads/main","before":"0000000000000000000000000000000000000001","sha":"0000000000000000000000000000000000000002","pushedAt":"2026-03-01T12:00:00.000Z","requestedAt":"2026-03-01T12:00:00.000Z","trigger":{"source":"push","delivery":"f2467dea-70d6-11e8-8955-3c83993e0aef","actor":"mira"},"commit":{"subject":"Add retry to fetcher","author":"mira","committedAt":"2026-03-01T12:00:00.000Z"},"defaultBranch":"main"}',
    'pushes',
  ],
  [
    { v: 1, type: 'run.cancelled', runId: sampleRunId(1), by: 'mira', requestedAt: at },
    '{"v":1,"type":"run.cancelled","runId":"r0000000000000000000000001","by":"mira","requestedAt":"2026-03-01T12:00:00.000Z"}',
    'orders',
  ],
  [{ v: 1, type: 'volume.freed', repoId: '42' }, '{"v":1,"type":"volume.freed","repoId":"42"}', 'volumes'],
  [
    { v: 1, type: 'run.changed', runId: sampleRunId(1) },
    '{"v":1,"type":"run.changed","runId":"r0000000000000000000000001"}',
    'run-changes',
  ],
  [{ v: 1, type: 'tick' }, '{"v":1,"type":"tick"}', 'ticks'],
];

describe('the messages between the functions', () => {
  it.each(golden)('keep their wire form: %o', (message, text, topic) => {
    expect(encode(message)).toEqual({ topic, text });
    const decode = topics[topic].subscriber === 'scheduler' ? decodeRunEvent : decodeJobEvent;
    expect(decode(topic, raw(text))).toEqual(message);
  });

  it.each([
    ['', 'message on volumes: not JSON'],
    ['{', 'message on volumes: not JSON'],
    ['null', 'message on volumes'],
    ['{"v":2,"type":"volume.freed","repoId":"42"}', 'message on volumes: v'],
    ['{"v":1,"type":"volume.freed","repoId":"../1"}', 'message on volumes: repoId'],
    ['{"v":1,"type":"unheard-of"}', 'message on volumes: type'],
    ['{"v":1,"type":"run.changed","runId":"r0000000000000000000000001"}', 'message on volumes: type'],
  ])('that are %j are malformed, and the reason names what', (text, reason) => {
    expect(() => decodeRunEvent('volumes', raw(text))).toThrow(reason);
  });

  it('never fail in another way than as malformed, whatever arrives', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.dictionary(fc.string(), fc.string()), (text, attributes) => {
        for (const [decode, topic] of [decodeRunEvent, decodeJobEvent].flatMap((one) =>
          [...allTopics, null].map((each) => [one, each] as const),
        )) {
          try {
            decode(topic, raw(text, attributes));
          } catch (error) {
            expect(error).toBeInstanceOf(YbError);
            expect(error).toMatchObject({ code: 'malformed-message', retryable: false });
          }
        }
      }),
    );
  });
});

describe('a message that its own reader would refuse', () => {
  it.each([
    [
      'a delivery id that is too long',
      sampleRequest({ trigger: { source: 'push', delivery: 'd'.repeat(201), actor: null } }),
    ],
    ['a name that is too long', sampleRequest({ trigger: { source: 'push', delivery: null, actor: 'a'.repeat(101) } })],
    ['a ref that is too long', sampleRequest({ ref: `refs/heads/${'r'.repeat(1024)}` })],
    ['no commit', sampleRequest({ sha: 'main' })],
    ['no run', { v: 1, type: 'run.changed', runId: '../1' } as const],
  ])('is not written: %s', (_, message) => {
    expect(() => encode(message)).toThrow(expect.objectContaining({ code: 'unprocessable' }));
  });

  it('is none that others tell: the cluster and the storage', () => {
    for (const message of [
      { v: 1, type: 'job.finished', jobUid: 'x' },
      { v: 1, type: 'pod.ending', podName: 'x' },
      { v: 1, type: 'signal', runId: sampleRunId(1), attempt: 1, signal: 'result' },
    ] as const) {
      expect(() => encode(message)).toThrow('told by others');
    }
  });

  it('of one publisher cannot say what another may', () => {
    const push = JSON.stringify(samplePush());
    const click = JSON.stringify(sampleRequest({ trigger: { source: 'manual', delivery: null, actor: 'mira' } }));
    const cancel = JSON.stringify({ v: 1, type: 'run.cancelled', runId: sampleRunId(1), by: 'x', requestedAt: at });
    for (const [topic, text] of [
      ['pushes', click],
      ['orders', push],
      ['pushes', cancel],
      ['volumes', push],
      ['run-changes', push],
    ] as const) {
      expect(() => decodeRunEvent(topic, raw(text))).toThrow(expect.objectContaining({ code: 'malformed-message' }));
    }
  });
});

describe('foreign messages', () => {
  const notification = (objectId: string) => raw('{}', { eventType: 'OBJECT_FINALIZE', objectId, bucketId: 'logs' });

  it('of storage become signals of a run', () => {
    expect(decodeJobEvent('signals', notification(`signals/${sampleRunId(7)}/2/result.json`))).toEqual({
      v: 1,
      type: 'signal',
      runId: sampleRunId(7),
      attempt: 2,
      signal: 'result',
    });
  });

  it.each([
    'logs/x',
    'signals/short/1/result.json',
    `signals/${sampleRunId(1)}/0/result.json`,
    `signals/${sampleRunId(1)}/1/other.json`,
  ])('of storage about %s are malformed', (objectId) => {
    expect(() => decodeJobEvent('signals', notification(objectId))).toThrow('storage notification');
  });

  it('of the cluster, as Cloud Logging writes them, name the Job by its uid alone', () => {
    const entry = {
      logName: 'projects/p/logs/events',
      resource: { type: 'k8s_cluster', labels: { cluster_name: 'c' } },
      jsonPayload: {
        kind: 'Event',
        reason: 'Completed',
        involvedObject: { kind: 'Job', namespace: 'builds', name: 'whatever', uid: 'e7c1' },
      },
    };
    expect(decodeJobEvent('job-events', raw(JSON.stringify(entry)))).toEqual({
      v: 1,
      type: 'job.finished',
      jobUid: 'e7c1',
    });
  });

  it('of the cluster about a Pod name it: its labels say whose it is', () => {
    const involvedObject = {
      kind: 'Pod',
      namespace: 'builds',
      name: 'whatever-x7',
      fieldPath: 'spec.containers{build}',
    };
    const entry = { jsonPayload: { kind: 'Event', reason: 'Killing', involvedObject } };
    expect(decodeJobEvent('job-events', raw(JSON.stringify(entry)))).toEqual({
      v: 1,
      type: 'pod.ending',
      podName: 'whatever-x7',
    });
  });
});

describe('the envelope', () => {
  const data = Buffer.from('{"v":1}').toString('base64');

  it('is read from a converted event and from a raw push alike', () => {
    const converted = { message: { '@type': 'x', data, attributes: { a: 'b' }, messageId: '7', publishTime: at } };
    const pushed = {
      message: { data, attributes: { a: 'b' }, message_id: '7' },
      subscription: 's',
      deliveryAttempt: 1,
    };
    for (const body of [converted, pushed])
      expect(readEnvelope(body)).toEqual({ id: '7', text: '{"v":1}', attributes: { a: 'b' } });
  });

  it('without data has an empty text', () => {
    expect(readEnvelope({ message: { attributes: null, messageId: '7' } })).toEqual({
      id: '7',
      text: '',
      attributes: {},
    });
  });

  it('holds no more than our messages need', () => {
    const ofSize = (bytes: number) => ({ message: { data: 'A'.repeat(bytes), messageId: '7' } });
    expect(readEnvelope(ofSize(512 * 1024)).text).toHaveLength(384 * 1024);
    expect(() => readEnvelope(ofSize(512 * 1024 + 1))).toThrow('Pub/Sub message: message.data');
  });

  it.each([[undefined], [null], ['text'], [{}], [{ message: { data: 7 } }]])('that is %j is malformed', (body) => {
    expect(() => readEnvelope(body)).toThrow('Pub/Sub message');
  });
});
