import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { type Emulator, startPubSubEmulator } from '../../local/emulators.ts';
import { createPublisher } from '../../shared/google/publisher.ts';
import { createRestPublisher } from '../../shared/google/rest-publisher.ts';
import type { Outgoing, Publisher } from '../../shared/outside/publisher.ts';
import { createMemoryPublisher } from '../world/publisher.ts';
import { findsFaults, keepsPromises, type Promises } from './promises.ts';

interface Under {
  readonly publisher: Publisher;
  /** A topic that is there. */
  readonly topic: string;
  /** What has arrived on the topic so far, in no order. */
  arrived(): Promise<readonly Outgoing[]>;
}

const promises: Promises<Under> = {
  'has a message, byte for byte, when it says so': async ({ publisher, topic, arrived }) => {
    const message = { text: '{"größe":"日本"}\n', attributes: { reason: 'because', ü: 'ö' } };
    await publisher.publish(topic, message);
    expect(await arrived()).toEqual([message]);
  },

  'takes what has no text, or no attributes': async ({ publisher, topic, arrived }) => {
    await publisher.publish(topic, { text: '', attributes: { only: 'these' } });
    await publisher.publish(topic, { text: 'alone', attributes: {} });
    expect((await arrived()).map(({ text }) => text).toSorted()).toEqual(['', 'alone']);
  },

  'loses and doubles nothing of many at once': async ({ publisher, topic, arrived }) => {
    const texts = Array.from({ length: 250 }, (_, number) => String(number).padStart(3, '0'));
    await Promise.all(texts.map(async (text) => await publisher.publish(topic, { text, attributes: {} })));
    expect((await arrived()).map(({ text }) => text).toSorted()).toEqual(texts);
  },
};

keepsPromises('the model', promises, async () => await Promise.resolve(inMemory(createMemoryPublisher())));

const emulator: { running?: Emulator; made: number } = { made: 0 };
beforeAll(async () => {
  emulator.running = await startPubSubEmulator({ projectId: 'p' });
});
afterAll(async () => {
  await emulator.running?.stop();
});

const publishers: Readonly<Record<string, (host: string) => Publisher>> = {
  "the vendor's client": (emulatorHost) => createPublisher({ project: 'p', topicPrefix: '', emulatorHost }),
  "the webhook's own": (emulatorHost) =>
    createRestPublisher({
      project: 'p',
      topicPrefix: '',
      emulatorHost,
      token: async () => await Promise.resolve(''),
      timeoutMilliseconds: 30_000,
    }),
};

it.each(Object.entries(publishers))('a topic that is not there is a failure with a code, by %s', async (_, make) => {
  const { host } = emulator.running ?? { host: '' };
  await expect(make(host).publish('never-made', { text: 'x', attributes: {} })).rejects.toMatchObject({
    code: 'publish-failed',
    retryable: true,
  });
});

for (const [name, make] of Object.entries(publishers)) {
  keepsPromises(`${name}, at Google's emulator`, promises, async () => await atEmulator(make));
}

async function atEmulator(make: (host: string) => Publisher): Promise<Under> {
  const host = emulator.running?.host ?? '';
  const topic = `topic-${(emulator.made += 1)}`;
  const base = `http://${host}/v1/projects/p`;
  await put(`${base}/topics/${topic}`, {});
  await put(`${base}/subscriptions/${topic}`, { topic: `projects/p/topics/${topic}` });
  return {
    topic,
    publisher: make(host),
    arrived: async () => await pulled(`${base}/subscriptions/${topic}`),
  };
}

findsFaults(promises, {
  'that says so before it has it': () => {
    const memory = createMemoryPublisher();
    const publish: Publisher['publish'] = async (topic, message) => {
      setTimeout(() => void memory.publish(topic, message), 50);
      await Promise.resolve();
    };
    return inMemory(memory, publish);
  },
  'that forgets attributes': () => {
    const memory = createMemoryPublisher();
    return inMemory(memory, async (topic, { text }) => {
      await memory.publish(topic, { text, attributes: {} });
    });
  },
  'that sends twice': () => {
    const memory = createMemoryPublisher();
    return inMemory(memory, async (topic, message) => {
      for (let times = 0; times < 2; times += 1) await memory.publish(topic, message);
    });
  },
});

function inMemory(
  memory: ReturnType<typeof createMemoryPublisher>,
  publish: Publisher['publish'] = async (...message) => {
    await memory.publish(...message);
  },
): Under {
  return {
    publisher: { publish },
    topic: 'topic',
    arrived: async () =>
      await Promise.resolve(memory.waiting.map(({ text, attributes }) => ({ text, attributes: { ...attributes } }))),
  };
}

async function put(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  expect(response.status).toBe(200);
}

const Pulled = z.object({
  receivedMessages: z
    .array(
      z.object({
        ackId: z.string(),
        message: z.object({
          data: z.string().default(''),
          attributes: z.record(z.string(), z.string()).default({}),
        }),
      }),
    )
    .default([]),
});

/** Everything that the subscription has, until it has nothing more. */
async function pulled(subscription: string): Promise<Outgoing[]> {
  const found: Outgoing[] = [];
  for (;;) {
    const response = await fetch(`${subscription}:pull`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ maxMessages: 1000, returnImmediately: true }),
    });
    const { receivedMessages } = Pulled.parse(await response.json());
    if (receivedMessages.length === 0) return found;
    for (const { message } of receivedMessages) {
      found.push({ text: Buffer.from(message.data, 'base64').toString(), attributes: message.attributes });
    }
    await fetch(`${subscription}:acknowledge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ackIds: receivedMessages.map(({ ackId }) => ackId) }),
    });
  }
}
