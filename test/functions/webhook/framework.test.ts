import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAll } from '../../../build/build.ts';
import { type RunningFunction, startFunction } from '../../../local/functions.ts';
import { holdPort } from '../../../local/ports.ts';
import { hookPath, hookSecretPlace } from '../../../shared/store/hooks.ts';
import { deliveryHeaders } from '../../support/deliveries.ts';
import { useFirestore } from '../../support/firestore.ts';
import { type TestServer, startServer } from '../../support/http-server.ts';
import { type KmsForTest, startKmsForTest } from '../../support/kms.ts';
import { noon, sampleSha } from '../../support/sample-run.ts';

const firestore = useFirestore();
const hookKey = 'ab'.repeat(16);
const secret = 'the secret of this repository';
const state: {
  folder: string;
  webhook?: RunningFunction;
  pubsub?: TestServer;
  kms?: KmsForTest;
  hang: boolean;
  published: string[];
} = {
  folder: '',
  hang: false,
  published: [],
};

beforeAll(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'yb-test-webhook-'));
  const [built] = await buildAll({
    root: join(import.meta.dirname, '../../..'),
    outDir: state.folder,
    only: ['webhook'],
  });
  state.pubsub = await startServer(({ body }, response) => {
    if (state.hang) return;
    state.published.push(body);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"messageIds":["1"]}');
  });
  const { hookDocuments, project } = firestore.fresh();
  state.kms = await startKmsForTest();
  const sealed = await state.kms.key('hooks', 'dashboard').seal(hookSecretPlace(hookKey, 's1'), secret);
  await hookDocuments.commit([
    {
      type: 'create',
      path: hookPath(hookKey),
      fields: {
        repoId: '42',
        secrets: [{ id: 's1', sealed, createdAt: noon, retiresAt: null }],
        lastPingAt: null,
        createdAt: noon,
      },
    },
  ]);
  state.webhook = await startFunction({
    name: 'webhook',
    bundleDir: built?.folder ?? '',
    target: 'webhook',
    signatureType: 'http',
    held: await holdPort(),
    env: {
      YB_PROJECT: project,
      YB_LOCAL: '1',
      FIRESTORE_EMULATOR_HOST: firestore.host(),
      PUBSUB_EMULATOR_HOST: state.pubsub.host,
      ...state.kms.variables('webhook'),
    },
    logFile: join(state.folder, 'webhook.log'),
  });
});
afterAll(async () => {
  await state.webhook?.stop();
  await state.pubsub?.stop();
  await state.kms?.stop();
  await rm(state.folder, { recursive: true, force: true });
});

const push = (filler = '') =>
  JSON.stringify({
    ref: 'refs/heads/größe/日本語',
    before: sampleSha(1),
    after: sampleSha(2),
    repository: { id: 42, pushed_at: 1_772_366_400, default_branch: 'main' },
    filler,
  });

async function post(body: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const response = await fetch(`${state.webhook?.url ?? ''}/${hookKey}`, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}
const signed = (body: string, event = 'push') => deliveryHeaders({ event, body, secret }) as Record<string, string>;

describe('the bundle of the webhook under the Functions Framework', () => {
  it('checks the bytes as they came and publishes', async () => {
    const answer = await post(push(), signed(push()));
    expect(answer.status).toBe(202);
    expect(state.published).toHaveLength(1);
    // The same JSON in other bytes is not what was signed.
    const respelled = JSON.stringify(JSON.parse(push()), null, 1);
    expect((await post(respelled, signed(push()))).status).toBe(401);
  });

  it.each([
    ['malformed JSON, unsigned', '{"password":"hunter2"', { 'content-type': 'application/json' }, 401],
    ['malformed JSON, signed', '{"password":"hunter2"', signed('{"password":"hunter2"'), 400],
    ['malformed CloudEvent JSON', '{"password":"hunter2"', { 'content-type': 'application/cloudevents+json' }, 415],
    [
      'a form',
      'payload=%7B%22password%22%3A%22hunter2%22%7D',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
    ],
    ['text of an unknown character set', 'hunter2', { 'content-type': 'text/plain; charset=hunter2' }, 415],
    [
      'what claims to be compressed',
      'hunter2',
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      415,
    ],
    ['an unsigned push', push('hunter2'), { 'content-type': 'application/json', 'x-github-event': 'push' }, 401],
  ])('answers %s and keeps it out of its log', async (_case, body, headers, status) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('hunter2');
    const log = await readFile(join(state.folder, 'webhook.log'), 'utf8');
    for (const word of ['hunter2', secret, hookKey, 'SyntaxError']) expect(log).not.toContain(word);
  });

  it('accepts 24 MB and refuses more than 25', async () => {
    const fits = push('x'.repeat(24 * 1024 * 1024));
    expect((await post(fits, signed(fits))).status).toBe(202);
    const over = push('x'.repeat(25 * 1024 * 1024));
    expect((await post(over, signed(over))).status).toBe(413);
  });

  it('marks the hook as seen at a ping', async () => {
    const body = '{"zen":"Keep it logically awesome.","hook_id":1}';
    expect((await post(body, signed(body, 'ping'))).status).toBe(200);
  });

  it('answers 503 within nine seconds when Pub/Sub hangs, and works again afterwards', async () => {
    state.hang = true;
    const limit = AbortSignal.timeout(9000);
    const response = await fetch(`${state.webhook?.url ?? ''}/${hookKey}`, {
      method: 'POST',
      headers: signed(push()),
      body: push(),
      signal: limit,
    });
    expect(response.status).toBe(503);
    state.hang = false;
    expect((await post(push(), signed(push()))).status).toBe(202);
  });

  it('writes one structured line for each delivery', async () => {
    const log = await readFile(join(state.folder, 'webhook.log'), 'utf8');
    const lines = log.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ service: 'webhook', op: 'receive', duration_ms: expect.any(Number) });
  });
});
