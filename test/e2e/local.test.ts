import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { environment } from '../../shared/config.ts';
import { freePort } from '../../local/ports.ts';

const root = join(import.meta.dirname, '../..');
const Endpoints = z.strictObject({
  webhook: z.url(),
  dashboard: z.url(),
  github: z.url(),
  git: z.url(),
  storage: z.url(),
  firestore: z.string(),
  pubsub: z.string(),
  token: z.string(),
  otherToken: z.string(),
  apiToken: z.string(),
  otherApiToken: z.string(),
});
const Ports = z.record(z.string(), z.number());
/** Builds are processes, also where a cluster is given. */
const { YB_JOB_HOST: _host, ...withoutCluster } = environment();
const folders: string[] = [];
const children = new Set<ReturnType<typeof spawn>>();
afterEach(async () => {
  for (const { pid } of children) if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  await Promise.all(
    [...children].map(async (child) => {
      await once(child, 'close');
    }),
  );
  await Promise.all(folders.splice(0).map(async (folder) => await rm(folder, { recursive: true, force: true })));
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'yb-test-local-'));
  folders.push(made);
  return made;
}

/** `npm run --silent local -- …` as a person types it; its temporary files go into a folder of their own. */
async function startLocal(args: readonly string[], variables: Record<string, string> = {}) {
  const temporary = await folder();
  const child = spawn('npm', ['run', '--silent', 'local', '--', ...args], {
    cwd: root,
    env: { ...withoutCluster, TMPDIR: temporary, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that a test that fails leaves nothing behind either.
    detached: true,
  });
  children.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => (output.stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (output.stderr += bytes.toString()));
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      children.delete(child);
      resolve(code);
    });
  });
  const ready = async () => {
    while (!output.stdout.includes('\n')) {
      if (child.exitCode !== null) throw new Error(`it ended: ${output.stderr}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    return Endpoints.parse(JSON.parse(output.stdout));
  };
  const stop = async () => {
    child.kill('SIGTERM');
    return await exited;
  };
  const closePipes = () => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  return { ready, stop, exited, output, temporary, closePipes };
}

async function listens(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address.includes('://') ? address : `http://${address}`);
  return await new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

const addresses = (endpoints: z.output<typeof Endpoints>): string[] =>
  Object.entries(endpoints).flatMap(([name, value]) => (/token$/i.test(name) ? [] : [value]));

describe('npm run local', () => {
  it('prints one line of JSON when all is ready, two at once, and leaves nothing behind', async () => {
    const [first, second] = await Promise.all([startLocal(['--json']), startLocal(['--json'])]);
    const all = await Promise.all([first.ready(), second.ready()]);
    const open = all.flatMap(addresses);
    // GitHub, its git and its pages may share a port; two systems share none.
    const ports = (index: number) =>
      new Set(addresses(all[index] ?? Endpoints.parse({})).map((one) => /:(\d+)/.exec(one)?.[1]));
    expect([...ports(0)].filter((port) => ports(1).has(port))).toEqual([]);
    for (const address of open) expect(await listens(address)).toBe(true);
    const answer = await fetch(`${all[0]?.dashboard ?? ''}/api/v1/server`);
    expect(await answer.json()).toMatchObject({ name: 'yb', webhook: all[0]?.webhook });

    await Promise.all([first.stop(), second.stop()]);
    for (const address of open) expect(await listens(address)).toBe(false);
    // npm keeps a cache of its own there.
    const left = async (temporary: string) =>
      (await readdir(temporary)).filter((name) => name !== 'node-compile-cache');
    for (const { temporary } of [first, second]) expect(await left(temporary)).toEqual([]);
  });

  it('keeps its data, addresses and tokens between starts with --state', async () => {
    const state = join(await folder(), 'state');
    const first = await startLocal(['--json', '--state', state]);
    const before = await first.ready();
    const create = await fetch(`${before.github}/user/repos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${before.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'kept', private: true, auto_init: true }),
    });
    expect(create.status).toBe(201);
    const headers = { authorization: `Bearer ${before.apiToken}`, 'content-type': 'application/json' };
    const registered = await fetch(`${before.dashboard}/api/v1/repos/demo/kept`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ hook: { secret: 'a secret of enough length' } }),
    });
    expect(registered.status).toBe(200);
    await first.stop();
    await access(state);

    const second = await startLocal(['--json', '--state', state]);
    const after = await second.ready();
    expect({ ...after, firestore: '', pubsub: '' }).toEqual({ ...before, firestore: '', pubsub: '' });
    const found = await fetch(`${after.dashboard}/api/v1/repos/demo/kept`, { headers });
    expect(await found.json()).toMatchObject({ fullName: 'demo/kept', registered: true });
    await second.stop();
  });

  it.each(['killed', 'left without a reader'] as const)('leaves nothing running when it is %s', async (how) => {
    const state = join(await folder(), 'state');
    const system = await startLocal(['--json', '--state', state]);
    if (how === 'left without a reader') {
      system.closePipes();
      await system.exited;
    } else {
      const open = addresses(await system.ready());
      process.kill(Number(await readFile(join(state, 'pid'), 'utf8')), 'SIGKILL');
      await system.exited;
      for (const address of open)
        await expect.poll(async () => await listens(address), { timeout: 20_000 }).toBe(false);
    }
    const ports = Object.values(Ports.parse(JSON.parse(await readFile(join(state, 'ports.json'), 'utf8'))));
    for (const port of ports) expect(await listens(`127.0.0.1:${port}`)).toBe(false);
  });

  it('says in one clear line what is missing', async () => {
    const broken = await startLocal(['--json'], { YB_BAZEL: '/nowhere/bazel' });
    expect(await broken.exited).toBe(1);
    expect(broken.output.stderr).toMatch(/Bazel/i);
    expect(broken.output.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(broken.output.stderr).not.toMatch(/^\s+at /m);
    expect(broken.output.stdout).toBe('');
  });

  it('ends, and says why, where another program has one of the ports that it had before', async () => {
    const state = await folder();
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = z.object({ port: z.number() }).parse(other.address()).port;
    const names = ['webhook', 'dashboard', 'scheduler', 'watcher', 'github'];
    const free = await Promise.all(names.map(async () => await freePort()));
    const kept = Object.fromEntries(names.map((name, index) => [name, free[index]]));
    await writeFile(join(state, 'ports.json'), JSON.stringify({ ...kept, storage: taken }));
    try {
      const refused = await startLocal(['--state', state]);
      expect(await refused.exited).toBe(1);
      expect(refused.output.stderr.trim()).toBe(`another program listens on port ${taken}`);
    } finally {
      other.close();
    }
  });
});
