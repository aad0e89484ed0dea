import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { buildAll } from '../../build/build.ts';
import { startPubSubEmulator } from '../../local/emulators.ts';
import { createTopics } from '../../local/topics.ts';
import { startServer } from '../support/http-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a bundle loads at run time is bundled otherwise than what it loads at its start, and emulators want no token. */
it('a bundle gets its token where a function gets it, and publishes and stores with it', async () => {
  const outDir = await mkdtemp(join(tmpdir(), 'yb-bundled-'));
  onTestFinished(async () => {
    await rm(outDir, { recursive: true, force: true });
  });
  const asked: string[] = [];
  const server = await startServer(({ method, path }, response) => {
    asked.push(`${method} ${path.split('?')[0]}`);
    const headers = { 'metadata-flavor': 'Google', 'content-type': 'application/json' };
    const token = { access_token: 'token-of-the-function', expires_in: 3600, token_type: 'Bearer' };
    response.writeHead(200, headers).end(JSON.stringify(path.includes('/token') ? token : { items: [] }));
  });
  onTestFinished(server.stop);
  const pubsub = await startPubSubEmulator({ projectId: 'p' });
  onTestFinished(pubsub.stop);
  await createTopics({ pubsubHost: pubsub.host, project: 'p' });
  const programs = { 'index.mjs': 'test/build/fixtures/clients.ts' };
  const [built] = await buildAll({
    root,
    outDir,
    parts: [{ name: 'clients', folder: 'clients', programs, node: '24', splitting: true }],
  });
  const env = { GCE_METADATA_HOST: server.host, METADATA_SERVER_DETECTION: 'assume-present' };

  const { stdout } = await promisify(execFile)(process.execPath, ['index.mjs', server.host, pubsub.host], {
    cwd: built?.folder ?? '',
    env,
  });

  expect(JSON.parse(stdout)).toEqual({ token: 'token-of-the-function', listed: [], published: true });
  expect(asked).toContain('GET /computeMetadata/v1/instance/service-accounts/default/token');
  expect(asked).toContain('GET /storage/v1/b/logs/o');
});
