import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Emulator, startPubSubEmulator } from '../../local/emulators.ts';
import { createDeadLetters } from '../../shared/google/dead-letters.ts';
import type { DeadLetters } from '../../shared/outside/dead-letters.ts';
import { createManualClock } from '../world/clock.ts';
import { createMemoryDeadLetters } from '../world/dead-letters.ts';
import { findsFaults, keepsPromises, type Promises } from './promises.ts';

interface Under {
  readonly deadLetters: DeadLetters;
  put(text: string, attributes: Readonly<Record<string, string>>): Promise<void>;
}

const promises: Promises<Under> = {
  'has nothing where nothing was put aside': async ({ deadLetters }) => {
    expect(await deadLetters.pull(10)).toEqual([]);
    await deadLetters.acknowledge([]);
  },

  'gives what was put aside, as it came, to one who asks': async ({ deadLetters, put }) => {
    await put('{"größe":"日本"}', { reason: 'because', ü: 'ö' });
    const [letter] = await deadLetters.pull(10);
    expect(letter).toMatchObject({ text: '{"größe":"日本"}', attributes: { reason: 'because', ü: 'ö' } });
    expect(letter?.id).not.toBe('');
    expect(letter?.at.getTime()).toBeGreaterThan(0);
    expect(await deadLetters.pull(10)).toEqual([]);
  },

  'gives at most what was asked for, and all of it in time': async ({ deadLetters, put }) => {
    for (const text of ['a', 'b', 'c']) await put(text, {});
    const texts: string[] = [];
    for (let asks = 0; texts.length < 3 && asks < 10; asks += 1) {
      const some = await deadLetters.pull(2);
      expect(some.length).toBeLessThanOrEqual(2);
      texts.push(...some.map(({ text }) => text));
    }
    expect(texts.toSorted()).toEqual(['a', 'b', 'c']);
  },

  'takes an acknowledgement, twice as well as once': async ({ deadLetters, put }) => {
    await put('a', {});
    const [letter] = await deadLetters.pull(10);
    await deadLetters.acknowledge([letter?.receipt ?? '']);
    await deadLetters.acknowledge([letter?.receipt ?? '']);
    expect(await deadLetters.pull(10)).toEqual([]);
  },
};

function model(change: (lying: DeadLetters) => Partial<DeadLetters> = () => ({})): Under {
  const memory = createMemoryDeadLetters(createManualClock());
  const made = { letters: 0 };
  return {
    deadLetters: { ...memory, ...change(memory) },
    async put(text, attributes) {
      await Promise.resolve();
      memory.put({ id: String((made.letters += 1)), text, attributes });
    },
  };
}

keepsPromises('the model', promises, async () => await Promise.resolve(model()));

const emulator: { running?: Emulator; made: number } = { made: 0 };
beforeAll(async () => {
  emulator.running = await startPubSubEmulator({ projectId: 'p' });
});
afterAll(async () => {
  await emulator.running?.stop();
});

const adapter = (emulatorHost: string, topicPrefix: string): DeadLetters =>
  createDeadLetters({
    project: 'p',
    topicPrefix,
    emulatorHost,
    token: async () => await Promise.resolve(''),
    timeoutMilliseconds: 10_000,
  });

keepsPromises('the adapter, at Google’s emulator', promises, async () => {
  const host = emulator.running?.host ?? '';
  const prefix = `number-${(emulator.made += 1)}-`;
  const base = `http://${host}/v1/projects/p`;
  const send = async (method: string, url: string, body: object): Promise<void> => {
    const response = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.ok).toBe(true);
    await response.text();
  };
  const topic = `projects/p/topics/${prefix}dead-letters`;
  await send('PUT', `http://${host}/v1/${topic}`, {});
  await send('PUT', `${base}/subscriptions/${prefix}dead-letters`, { topic, ackDeadlineSeconds: 60 });
  return {
    deadLetters: adapter(host, prefix),
    async put(text, attributes) {
      const messages = [{ data: Buffer.from(text).toString('base64'), attributes }];
      await send('POST', `http://${host}/v1/${topic}:publish`, { messages });
    },
  };
});

it('a subscription that is not there is a failure with a code', async () => {
  const { host } = emulator.running ?? { host: '' };
  await expect(adapter(host, 'never-made-').pull(1)).rejects.toMatchObject({ code: 'publish-failed', retryable: true });
});

findsFaults(promises, {
  'that gives a message to everybody': () => {
    const memory = createMemoryDeadLetters({ ...createManualClock(), now: () => new Date(Date.now() * 1000) });
    return { ...model(), deadLetters: { ...memory, pull: async () => await Promise.resolve([...memory.lying]) } };
  },
  'that gives more than was asked for': () =>
    model((memory) => ({ pull: async () => await memory.pull(Number.MAX_SAFE_INTEGER) })),
  'that forgets what lies there': () => model(() => ({ pull: async () => await Promise.resolve([]) })),
});
