import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAll } from '../../../build/build.ts';
import { type Emulator, startPubSubEmulator } from '../../../local/emulators.ts';
import { type RunningFunction, startFunction } from '../../../local/functions.ts';
import { type GitHubServer, startGitHub } from '../../../local/github/server.ts';
import { holdPort } from '../../../local/ports.ts';
import { createSubscriptions, createTopics } from '../../../local/topics.ts';
import { RepositoryView, RunView } from '../../../shared/api/schemas.ts';
import { changed, newRun } from '../../../shared/run/transitions.ts';
import { decodeRunEvent, readEnvelope } from '../../../shared/messages/codec.ts';
import { createRun, readRun } from '../../../shared/store/runs.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { useFirestore } from '../../support/firestore.ts';
import { startServer, type TestServer } from '../../support/http-server.ts';
import { type KmsForTest, startKmsForTest } from '../../support/kms.ts';

const firestore = useFirestore();
const key = (id: string): string => `${id}:${createHash('sha256').update(id).digest('base64')}`;

interface Setting {
  readonly folder: string;
  readonly kms: KmsForTest;
  readonly github: GitHubServer;
  readonly pubsub: Emulator;
  readonly scheduler: TestServer;
  readonly dashboard: RunningFunction;
  readonly documents: Documents;
}
const state: { setting?: Setting } = {};

function setting(): Setting {
  if (state.setting === undefined) throw new Error('made before all tests');
  return state.setting;
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'yb-test-dashboard-'));
  const [built] = await buildAll({
    root: join(import.meta.dirname, '../../..'),
    outDir: join(folder, 'dist'),
    only: ['dashboard'],
  });
  const github = await startGitHub({ stateDir: join(folder, 'github') });
  const { documents, project } = firestore.fresh();
  const pubsub = await startPubSubEmulator({ projectId: project });
  // The scheduler's part: what is asked for is written down.
  const scheduler = await startServer(({ body }, response) => {
    const event = decodeRunEvent('orders', readEnvelope(JSON.parse(body)));
    void (async () => {
      if (event.type === 'run.requested') await createRun(documents, newRun(event, new Date()));
      response.writeHead(204).end();
    })();
  });
  const at = { pubsubHost: pubsub.host, project };
  await createTopics(at);
  await createSubscriptions({
    ...at,
    urls: { scheduler: `http://${scheduler.host}`, watcher: `http://${scheduler.host}` },
  });
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const kms = await startKmsForTest();
  const keyFile = join(folder, 'key.pem');
  await writeFile(keyFile, privateKey, { mode: 0o600 });
  const held = await holdPort();
  const dashboard = await startFunction({
    name: 'dashboard',
    bundleDir: built?.folder ?? '',
    target: 'dashboard',
    signatureType: 'http',
    held,
    env: {
      YB_PROJECT: project,
      YB_LOCAL: '1',
      FIRESTORE_EMULATOR_HOST: firestore.host(),
      PUBSUB_EMULATOR_HOST: pubsub.host,
      METADATA_SERVER_DETECTION: 'none',
      YB_GITHUB_API_URL: github.apiUrl,
      YB_GITHUB_URL: github.webUrl,
      YB_GITHUB_CLIENT_ID: github.oauth.clientId,
      YB_GITHUB_CLIENT_SECRET: github.oauth.clientSecret,
      YB_LOG_BUCKET: 'logs',
      YB_STORAGE_ENDPOINT: 'http://127.0.0.1:9',
      YB_STORAGE_TOKEN: 'storage-token',
      YB_SIGNING_KEY_FILE: keyFile,
      YB_SIGNING_EMAIL: 'signer@project.iam.gserviceaccount.com',
      YB_DASHBOARD_URL: `http://127.0.0.1:${held.port}`,
      YB_WEBHOOK_URL: 'http://127.0.0.1:1',
      ...kms.variables('dashboard'),
      YB_KEYS_SESSIONS: key('sessions'),
    },
    logFile: join(folder, 'dashboard.log'),
  });
  state.setting = { folder, kms, github, pubsub, scheduler, dashboard, documents };
  await post('/user/repos', { name: 'shop', private: true, auto_init: true });
});

afterAll(async () => {
  await state.setting?.dashboard.stop();
  await state.setting?.kms.stop();
  await state.setting?.pubsub.stop();
  await state.setting?.scheduler.stop();
  await state.setting?.github.stop();
  if (state.setting !== undefined) await rm(state.setting.folder, { recursive: true, force: true });
});

async function post(path: string, body: unknown): Promise<void> {
  const { github } = setting();
  const response = await fetch(`${github.apiUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${github.token}` },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(201);
}

async function api(path: string, options: { token?: string; method?: string; body?: string } = {}): Promise<Response> {
  const { dashboard, github } = setting();
  const { token = github.appToken, method = 'GET', body } = options;
  return await fetch(`${dashboard.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
}

/** A browser that keeps its cookies and follows one redirect at a time. */
function createBrowser() {
  const cookies = new Map<string, string>();
  return {
    async go(
      url: string,
      init: { method?: string; headers?: Record<string, string>; body?: string } = {},
    ): Promise<{ response: Response; to: string }> {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie, ...init.headers } });
      for (const set of response.headers.getSetCookie()) {
        const [name = '', ...value] = (set.split(';', 1)[0] ?? '').split('=');
        if (/Max-Age=0/.test(set)) cookies.delete(name);
        else cookies.set(name, value.join('='));
      }
      return { response, to: new URL(response.headers.get('location') ?? '/', url).href };
    },
  };
}

describe('the dashboard as it is deployed', () => {
  it('registers a repository by its owner’s token and nobody else’s', async () => {
    const { github } = setting();
    const body = JSON.stringify({ hook: { secret: 'the-secret-of-the-hook' }, credential: { token: github.token } });
    expect((await api('/repos/demo/shop', { token: github.otherAppToken, method: 'PUT', body })).status).toBe(404);
    const response = await api('/repos/demo/shop', { method: 'PUT', body });
    expect(response.status).toBe(200);
    const view = RepositoryView.parse(await response.json());
    expect(view).toMatchObject({ fullName: 'demo/shop', registered: true, private: true, defaultBranch: 'main' });
    expect((await api('/repos/demo/shop', { token: github.otherAppToken })).status).toBe(404);
  });

  it('starts a branch that GitHub knows', async () => {
    const response = await api('/repos/demo/shop/runs', { method: 'POST', body: '{"ref":"main"}' });
    expect(response.status).toBe(201);
    const run = RunView.parse(await response.json());
    expect(run.sha).toMatch(/^[0-9a-f]{40}$/);
    const stored = await readRun(setting().documents, run.id);
    expect(stored?.value).toMatchObject({ trigger: { actor: 'demo' }, commit: { subject: 'Initial commit' } });
    const gone = await api('/repos/demo/shop/runs', { method: 'POST', body: '{"ref":"gone"}' });
    expect(gone.status).toBe(422);
  });

  it('links to the log of a run that has ended', async () => {
    const { documents } = setting();
    const run = RunView.parse(
      await (await api('/repos/demo/shop/runs', { method: 'POST', body: '{"ref":"main"}' })).json(),
    );
    const stored = await readRun(documents, run.id);
    if (stored === null) throw new Error('it is there');
    const log = { complete: true, archived: true, bytes: 10, lines: 1 };
    const outcome = {
      verdict: 'passed' as const,
      reason: 'ok',
      code: 'passed',
      fault: 'nobody' as const,
      counts: null,
      failed: [],
      toolchain: null,
      exitCode: 0,
    };
    const next = changed(stored.value, { type: 'finished', outcome, log, phases: {}, at: new Date() });
    await documents.commit([{ type: 'update', path: stored.path, fields: { ...next }, version: stored.version }]);
    const response = await api(`/runs/${run.id}/log`);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toContain(`/logs/logs/${run.id}/1/build.log?X-Goog-Algorithm=`);
  });

  it('signs a person in with GitHub, and out again', async () => {
    const { dashboard } = setting();
    const browser = createBrowser();
    const first = await browser.go(`${dashboard.url}/demo/shop`);
    expect(first.to).toContain('/auth/sign-in?return=%2Fdemo%2Fshop');
    const toGitHub = await browser.go(first.to);
    expect(toGitHub.to).toContain('/login/oauth/authorize?');
    const agreed = await browser.go(`${toGitHub.to}&login=demo`);
    const back = await browser.go(agreed.to);
    expect(back.to).toBe(`${dashboard.url}/demo/shop`);

    const page = await browser.go(back.to);
    expect(page.response.status).toBe(200);
    expect(await page.response.text()).toContain('demo/shop');
    expect(await (await browser.go(`${dashboard.url}/`)).response.text()).toContain('demo/shop');

    const out = await browser.go(`${dashboard.url}/auth/sign-out`, {
      method: 'POST',
      headers: { origin: dashboard.url },
    });
    expect(out.to).toBe(`${dashboard.url}/auth/signed-out`);
    expect((await browser.go(`${dashboard.url}/demo/shop`)).to).toContain('/auth/sign-in');
  });

  it('takes a form of its pages', async () => {
    const { dashboard } = setting();
    const browser = createBrowser();
    const toGitHub = await browser.go((await browser.go(`${dashboard.url}/demo/shop`)).to);
    await browser.go((await browser.go(`${toGitHub.to}&login=demo`)).to);
    const started = await browser.go(`${dashboard.url}/demo/shop/runs`, {
      method: 'POST',
      headers: { origin: dashboard.url, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'ref=main',
    });
    expect(started.response.status).toBe(303);
    expect(started.to).toMatch(/\/runs\/[a-z2-7]{26}$/);
  });

  it('serves its own files', async () => {
    const { dashboard } = setting();
    const html = await (await fetch(`${dashboard.url}/auth/signed-out`)).text();
    for (const [, path = ''] of html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
      expect((await fetch(`${dashboard.url}${path}`)).status).toBe(200);
    }
  });

  it('puts neither a body that is no JSON nor a token into its log', async () => {
    const { folder, github } = setting();
    const response = await api('/repos/demo/shop', { method: 'PUT', body: '{"hook":{"secret":"do-not-log-this-one"' });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const log = await readFile(join(folder, 'dashboard.log'), 'utf8');
    expect(log).toContain('"op":"PUT /api/v1/repos/:owner/:repo"');
    expect(log).not.toContain('do-not-log-this-one');
    expect(log).not.toContain(github.token);
  });
});
