import { describe, expect, it } from 'vitest';
import { type ErrorCode, YbError, dispositionOf, errorTable } from '../../../shared/errors.ts';
import { decodeRunEvent } from '../../../shared/messages/codec.ts';
import { createEventHandler } from '../../../shared/messages/event-handler.ts';
import { createLogLines } from '../../world/log.ts';
import { createManualClock } from '../../world/clock.ts';

function setUp(failure?: Error) {
  const lines = createLogLines();
  const handled: unknown[] = [];
  const dead: { text: string; reason: string }[] = [];
  const handler = createEventHandler({
    op: 'schedule',
    topicPrefix: '',
    decode: decodeRunEvent,
    handle: async (message, work) => {
      handled.push(message);
      work.note({ repo: '42' });
      await Promise.resolve();
      if (failure !== undefined) throw failure;
    },
    messenger: {
      publish: () => Promise.resolve(),
      replay: () => Promise.resolve(),
      deadLetter: async ({ text }, reason) => {
        dead.push({ text, reason });
        await Promise.resolve();
      },
    },
    log: lines.log,
    clock: createManualClock(),
  });
  return { handler, handled, dead, lines };
}

const event = (text: string) => ({
  id: '1',
  source: '//pubsub.googleapis.com/projects/p/topics/volumes',
  data: { message: { data: Buffer.from(text).toString('base64'), messageId: '1' } },
});
const good = event('{"v":1,"type":"volume.freed","repoId":"42"}');

describe('an event handler', () => {
  it('has exactly one parameter: with two the framework would wait for a callback for ever', () => {
    expect(setUp().handler).toHaveLength(1);
  });

  it('hands the message over and writes one line about it', async () => {
    const { handler, handled, lines } = setUp();
    await handler(good);
    expect(handled).toEqual([{ v: 1, type: 'volume.freed', repoId: '42' }]);
    expect(lines.lines()).toEqual([
      expect.objectContaining({
        severity: 'INFO',
        message: 'schedule',
        op: 'schedule',
        ok: true,
        repo: '42',
        duration_ms: 0,
        calls: {},
        reads: 0,
        writes: 0,
      }),
    ]);
  });

  it.each([['no{json'], [''], ['{"v":9}']])('puts %j aside with the reason and acknowledges it', async (text) => {
    const { handler, handled, dead } = setUp();
    await handler(event(text));
    expect(handled).toEqual([]);
    expect(dead).toEqual([{ text, reason: expect.stringMatching(/^malformed-message: message on volumes/) }]);
  });

  it('puts aside what has no envelope, as it came', async () => {
    const { handler, dead } = setUp();
    await handler({ id: '1', data: 'nonsense' });
    expect(dead).toEqual([{ text: '"nonsense"', reason: expect.stringMatching(/^malformed-message/) }]);
  });

  it.each(Object.keys(errorTable) as ErrorCode[])('does with %s what the table says', async (code) => {
    const failure = new YbError(code, 'a reason');
    const { handler, dead, lines } = setUp(failure);
    const outcome = await handler(good).then(
      () => 'acknowledged',
      (error: unknown) => error,
    );
    switch (dispositionOf(failure)) {
      case 'retry':
        expect(outcome).toBe(failure);
        expect(dead).toEqual([]);
        break;
      case 'dead-letter':
        expect(outcome).toBe('acknowledged');
        expect(dead).toEqual([{ text: expect.any(String), reason: `${code}: a reason` }]);
        break;
      case 'acknowledge':
        expect([outcome, dead]).toEqual(['acknowledged', []]);
        break;
    }
    expect(lines.lines()).toHaveLength(1);
    expect(lines.lines()[0]).toMatchObject({ ok: false, error: { code } });
  });

  it('has what nobody thought of delivered again, and quotes nothing of it', async () => {
    const { handler, lines } = setUp(new TypeError('token=hunter2'));
    await expect(handler(good)).rejects.toThrow(TypeError);
    expect(lines.lines()[0]).toMatchObject({
      severity: 'ERROR',
      error: { code: 'internal', message: 'Something went wrong on our side.' },
    });
  });

  it('does not acknowledge what it could not put aside', async () => {
    const { log } = createLogLines();
    const handler = createEventHandler({
      op: 'schedule',
      topicPrefix: '',
      decode: decodeRunEvent,
      handle: () => Promise.resolve(),
      messenger: {
        publish: () => Promise.resolve(),
        replay: () => Promise.resolve(),
        deadLetter: () => Promise.reject(new YbError('publish-failed', 'down')),
      },
      log,
      clock: createManualClock(),
    });
    await expect(handler(event('no{json'))).rejects.toMatchObject({ code: 'publish-failed' });
  });
});
