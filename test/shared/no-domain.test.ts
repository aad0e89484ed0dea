import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { freePort } from '../../local/ports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const framework = join(
  dirname(createRequire(join(root, 'package.json')).resolve('@google-cloud/functions-framework')),
  'index.js',
);
const noDomain = join(root, 'shared/no-domain.ts');

/** Runs a function of the framework that asks itself once. @returns what it printed and its exit code */
async function ask(handler: string): Promise<{ readonly code: number; readonly output: string }> {
  const folder = temporaryFolder();
  const program = join(folder, 'function.mjs');
  const port = await freePort();
  writeFileSync(
    program,
    `import ${JSON.stringify(noDomain)};
     import { createHook } from 'node:async_hooks';
     import * as framework from ${JSON.stringify(framework)};
     import { getTestServer } from ${JSON.stringify(join(dirname(framework), 'testing.js'))};
     framework.default.cloudEvent('sample', ${handler});
     const server = getTestServer('sample').listen(${port}, '127.0.0.1', async () => {
       const body = JSON.stringify({ message: { data: 'e30=', messageId: '1', attributes: {} }, subscription: 's' });
       const headers = { 'content-type': 'application/json' };
       const url = 'http://127.0.0.1:${port}/projects/p/topics/t';
       const answer = await fetch(url, { method: 'POST', headers, body }).catch((error) => error);
       console.log('status', answer.status, 'domain', typeof process.domain?.enter);
       setTimeout(() => { console.log('still there'); process.exit(0); }, 300);
     });`,
  );
  return await new Promise((resolve) => {
    execFile(process.execPath, [program], { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: `${stdout}${stderr}` });
    });
  });
}

it('answers as before, without a domain', async () => {
  const { code, output } = await ask('(event) => { if (event.data === undefined) throw new Error("no data"); }');
  expect(output).toContain('status 204 domain undefined');
  expect(code).toBe(0);
});

it('tells Pub/Sub to deliver again what was thrown or rejected', async () => {
  for (const handler of ['() => { throw new Error("no"); }', 'async () => { throw new Error("no"); }']) {
    expect((await ask(handler)).output).toContain('status 500');
  }
});

it('ends the process when a callback that nobody awaits throws, so that another takes its place', async () => {
  const { code, output } = await ask('() => { setTimeout(() => { throw new Error("nobody awaits me"); }, 100); }');
  expect(output).toContain('nobody awaits me');
  expect(output).not.toContain('still there');
  expect(code).not.toBe(0);
});
