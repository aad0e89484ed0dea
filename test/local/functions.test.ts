import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FunctionOptions, type RunningFunction, startFunction } from '../../local/functions.ts';
import { holdPort } from '../../local/ports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A bundle as the build makes one: a folder whose module registers a function. */
function bundle(source: string): { readonly bundleDir: string; readonly logFile: string } {
  const folder = temporaryFolder();
  const bundleDir = join(folder, 'bundle');
  mkdirSync(bundleDir);
  symlinkSync(modules, join(bundleDir, 'node_modules'));
  writeFileSync(join(bundleDir, 'package.json'), JSON.stringify({ type: 'module', main: 'index.mjs' }));
  writeFileSync(join(bundleDir, 'index.mjs'), source);
  return { bundleDir, logFile: join(folder, 'log') };
}

async function start(
  source: string,
  more: Partial<FunctionOptions> = {},
): Promise<RunningFunction & { readonly logFile: string }> {
  const made = bundle(source);
  const running = await startFunction({
    name: 'sample',
    target: 'sample',
    signatureType: 'http',
    held: await holdPort(),
    env: {},
    ...made,
    ...more,
  });
  onTestFinished(async () => {
    await running.stop();
  });
  return { ...running, logFile: made.logFile };
}

const http = (body: string): string =>
  `import * as host from 'node:process';\nimport { http } from '@google-cloud/functions-framework';\nhttp('sample', (request, response) => { ${body} });\n`;

describe('a function of the local system', () => {
  it('runs under the framework from its bundle, with the environment it was given', async () => {
    const running = await start(http('response.json({ ...host.env, cwd: process.cwd() })'), {
      env: { YB_PROJECT: 'p' },
    });
    const said: unknown = await (await fetch(running.url)).json();

    expect(said).toMatchObject({ YB_PROJECT: 'p', K_SERVICE: 'sample', cwd: expect.stringContaining('bundle') });
    expect(said).not.toHaveProperty('VITEST');
  });

  it('receives CloudEvents if it says so', async () => {
    const source = `import { cloudEvent } from '@google-cloud/functions-framework';
      cloudEvent('sample', (event) => { console.log('got', event.type, event.source); });`;
    const running = await start(source, { signatureType: 'cloudevent' });
    const body = { message: { data: 'eA==', messageId: '1' }, subscription: 's' };

    const response = await fetch(`${running.url}/projects/p/topics/t`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });

    expect(response.status).toBe(204);
    await expect
      .poll(() => readFileSync(running.logFile, 'utf8'))
      .toContain('google.cloud.pubsub.topic.v1.messagePublished //pubsub.googleapis.com/projects/p/topics/t');
  });

  it('listens on loopback alone', async () => {
    const running = await start(http("response.send('ok')"));
    const address = Object.values(networkInterfaces())
      .flat()
      .find((found) => found !== undefined && !found.internal && found.family === 'IPv4')?.address;

    expect((await fetch(running.url)).status).toBe(200);
    const elsewhere = `http://${address ?? '[::1]'}:${new URL(running.url).port}/`;
    await expect(fetch(elsewhere, { signal: AbortSignal.timeout(5000) })).rejects.toThrow();
  });

  it('is replaced when it crashes', async () => {
    const running = await start(
      http("if (request.path === '/crash') process.exit(16); response.send(String(process.pid))"),
    );
    const pid = async (path: string): Promise<string | null> =>
      await fetch(`${running.url}${path}`)
        .then(async (response) => (response.ok ? await response.text() : null))
        .catch(() => null);
    const first = await pid('/');
    expect(await pid('/crash')).toBeNull();

    await expect.poll(async () => await pid('/'), { timeout: 30_000 }).toMatch(/^\d+$/);
    expect(await pid('/')).not.toBe(first);
  });

  it('is replaced once more when what replaces it does not come up', async () => {
    const fault = join(temporaryFolder(), 'fault');
    const source = [
      "import { existsSync, readFileSync, writeFileSync } from 'node:fs';",
      "import { http } from '@google-cloud/functions-framework';",
      `const fault = ${JSON.stringify(fault)};`,
      'const left = existsSync(fault) ? Number(readFileSync(fault)) : 0;',
      'if (left > 0) { writeFileSync(fault, String(left - 1)); throw new Error("no settings"); }',
      "http('sample', (request, response) => {",
      "  if (request.path === '/crash') { writeFileSync(fault, '2'); process.exit(16); }",
      '  response.send(String(process.pid));',
      '});',
    ].join('\n');
    const running = await start(source);
    await fetch(`${running.url}/crash`).catch(() => null);

    const answer = async (): Promise<number | null> =>
      await fetch(running.url).then(
        ({ status }) => status,
        () => null,
      );
    await expect.poll(answer, { timeout: 60_000 }).toBe(200);
    expect(readFileSync(fault, 'utf8')).toBe('0');
    expect(readFileSync(running.logFile, 'utf8').match(/instance did not come up/g)).toHaveLength(2);
  });

  it('says why it does not come up', async () => {
    await expect(start("throw new Error('no settings');")).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('no settings'),
    });
  });
});
