import { describe, expect, it } from 'vitest';
import { asideOf } from '../../../shared/messages/dead-letters.ts';
import type { DeadLetter } from '../../../shared/outside/dead-letters.ts';
import { noon, samplePush, sampleRequest, sampleRunId } from '../../support/sample-run.ts';

const push = JSON.stringify(samplePush());
const later = new Date(noon.getTime() + 3_600_000);
const by = (subscription: string) => ({ CloudPubSubDeadLetterSourceSubscription: `ci-${subscription}` });
const letter = (text: string, attributes: DeadLetter['attributes'], at = noon): DeadLetter => ({
  receipt: 'r',
  id: '1',
  text,
  attributes,
  at,
});
const of = (text: string, attributes: DeadLetter['attributes'], now = later) =>
  asideOf(letter(text, attributes), 'ci-', now);

describe('a message that was put aside', () => {
  it('is played again where it is sound, without what was written on it', () => {
    const attributes = {
      ...by('pushes-scheduler'),
      CloudPubSubDeadLetterSourceDeliveryCount: '100',
      traceparent: '00-1-2-01',
    };
    expect(of(push, attributes)).toEqual({
      type: 'replay',
      text: push,
      attributes: { traceparent: '00-1-2-01', replays: '1' },
    });
    expect(of(push, { topic: 'pushes', reason: 'malformed-document: repos/1' })).toEqual({
      type: 'replay',
      text: push,
      attributes: { replays: '1' },
    });
  });

  it.each([
    ['an order', JSON.stringify(sampleRequest()), by('orders-scheduler')],
    [
      'a cancel',
      JSON.stringify({
        v: 1,
        type: 'run.cancelled',
        runId: sampleRunId(1),
        by: 'mira',
        requestedAt: noon.toISOString(),
      }),
      by('orders-scheduler'),
    ],
    ['one that was played twice', push, { ...by('replays-scheduler'), replays: '2' }],
  ])('is played again where it is %s', (_, text, attributes) => {
    expect(of(text, attributes)).toMatchObject({ type: 'replay', text });
  });

  it('rests for an hour first', () => {
    expect(of(push, by('pushes-scheduler'), new Date(later.getTime() - 1))).toEqual({ type: 'rest' });
  });

  it.each([
    ['was played three times', push, { ...by('replays-scheduler'), replays: '3' }, { topic: 'replays', replays: 3 }],
    [
      'is no message',
      '{',
      by('pushes-scheduler'),
      { topic: 'pushes', reason: expect.stringMatching(/^malformed-message/) },
    ],
    ['is not said on its topic', JSON.stringify(sampleRequest()), by('pushes-scheduler'), { topic: 'pushes' }],
    ['came from nowhere', push, {}, { topic: null, reason: 'nobody knows by which topic it came' }],
    [
      'came by another installation’s topic',
      push,
      { CloudPubSubDeadLetterSourceSubscription: 'pushes-scheduler' },
      { topic: null },
    ],
    [
      'nobody can read, of those that only say where to look',
      'x',
      { topic: 'signals', reason: 'malformed-message: x' },
      { reason: 'malformed-message: x' },
    ],
  ])('is kept for people where it %s', (_, text, attributes, kept) => {
    expect(of(text, attributes)).toMatchObject({ type: 'keep', ...kept });
  });

  it.each(['volumes-scheduler', 'run-changes-watcher', 'job-events-watcher', 'signals-watcher', 'ticks-watcher'])(
    'is forgotten where it only said where to look: %s',
    (subscription) => {
      expect(of('{}', by(subscription))).toEqual({ type: 'forget' });
    },
  );
});
