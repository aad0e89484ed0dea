import { createMessenger } from '../../../shared/messages/messenger.ts';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createRestPublisher } from '../../../shared/google/rest-publisher.ts';
import { type TestServer, startServer } from '../../support/http-server.ts';
import { samplePush } from '../../support/sample-run.ts';

const Body = z.object({
  messages: z.array(z.object({ data: z.string(), attributes: z.record(z.string(), z.string()).optional() })),
});
const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => await server.stop()));
});

async function start(status: (call: number) => number | 'hang') {
  const calls: { path: string; messages: z.output<typeof Body>['messages'] }[] = [];
  const server = await startServer(({ path, body }, response) => {
    calls.push({ path, messages: Body.parse(JSON.parse(body)).messages });
    const answer = status(calls.length);
    if (answer !== 'hang') setTimeout(() => response.writeHead(answer).end('{}'), 20);
  });
  servers.push(server);
  const messenger = createMessenger(
    createRestPublisher({
      project: 'p',
      topicPrefix: 'ci-',
      emulatorHost: server.host,
      token: () => Promise.resolve(''),
      timeoutMilliseconds: 300,
    }),
  );
  return { messenger, calls };
}

describe('the publisher', () => {
  it('sends each message to the topic of its kind, and says nothing before Pub/Sub has it', async () => {
    const { messenger, calls } = await start(() => 200);
    await messenger.publish(samplePush());
    await messenger.publish({ v: 1, type: 'tick' });
    expect(calls.map(({ path }) => path)).toEqual([
      '/v1/projects/p/topics/ci-pushes:publish',
      '/v1/projects/p/topics/ci-ticks:publish',
    ]);
    const [first] = calls[0]?.messages ?? [];
    expect(JSON.parse(Buffer.from(first?.data ?? '', 'base64').toString('utf8'))).toEqual(samplePush());
  });

  it('sends many at once together, none lost and none twice', async () => {
    const { messenger, calls } = await start(() => 200);
    const repoIds = Array.from({ length: 250 }, (_, index) => String(index));
    await Promise.all(repoIds.map(async (repoId) => await messenger.publish({ v: 1, type: 'volume.freed', repoId })));
    const sent = calls.flatMap(({ messages }) =>
      messages.map(({ data }) => Buffer.from(data, 'base64').toString('utf8')),
    );
    expect(sent.map((text) => z.object({ repoId: z.string() }).parse(JSON.parse(text)).repoId).sort()).toEqual(
      repoIds.sort(),
    );
    expect(calls.length).toBeLessThan(10);
  });

  it.each([
    ['refuses', 403],
    ['breaks', 500],
    ['hangs', 'hang'],
  ] as const)('fails when Pub/Sub %s, and works again afterwards', async (_how, status) => {
    const { messenger, calls } = await start((call) => (call === 1 ? status : 200));
    await expect(messenger.publish({ v: 1, type: 'tick' })).rejects.toMatchObject({
      code: 'publish-failed',
      retryable: true,
    });
    await messenger.publish({ v: 1, type: 'tick' });
    expect(calls).toHaveLength(2);
  });

  it('fails when nobody listens', async () => {
    const { messenger } = await start(() => 200);
    await servers[0]?.stop();
    await expect(messenger.publish({ v: 1, type: 'tick' })).rejects.toMatchObject({ code: 'publish-failed' });
  });

  it('puts a message aside as it came, with the reason and where it came from', async () => {
    const { messenger, calls } = await start(() => 200);
    await messenger.deadLetter(
      { id: '1', text: 'no{json', attributes: { a: 'b' } },
      'malformed-message: not JSON',
      'pushes',
    );
    expect(calls).toEqual([
      {
        path: '/v1/projects/p/topics/ci-dead-letters:publish',
        messages: [
          {
            data: Buffer.from('no{json').toString('base64'),
            attributes: { a: 'b', reason: 'malformed-message: not JSON', topic: 'pushes' },
          },
        ],
      },
    ]);
  });
});
