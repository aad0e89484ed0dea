import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { getTestServer } from '@google-cloud/functions-framework/testing';

/**
 * Run by the host's own build (`gcp-build` of the function's `package.json`,
 * https://cloud.google.com/docs/buildpacks/nodejs#executing_custom_build_steps_during_deployment), as compiled code is good
 * for the Node that compiled it alone: starts the function with pretended settings (`rehearsal.env`, in which nobody listens
 * where it asks), asks it one thing, and keeps what was compiled until then. Loading the program would keep half of it: most
 * is compiled when it is first called.
 */
const [name = ''] = process.argv.slice(2);

/** Until the client of Firestore has done all that it does for an answer. */
const longestMilliseconds = 3000;

const questions: Readonly<Record<string, () => readonly [path: string, request: RequestInit]>> = {
  webhook: () => [
    '/0123456789abcdef0123456789abcdef',
    posted({ zen: '' }, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
  ],
  scheduler: () => pushed('volumes', { v: 1, type: 'volume.freed', repoId: '1' }),
  watcher: () => pushed('run-changes', { v: 1, type: 'run.changed', runId: 'a'.repeat(26) }),
  dashboard: () => ['/', {}],
};

function pushed(topic: string, message: object): readonly [string, RequestInit] {
  const data = Buffer.from(JSON.stringify(message)).toString('base64');
  const body = { message: { data, messageId: '1' }, subscription: 'rehearsal' };
  return [`/projects/rehearsal/topics/${topic}`, posted(body)];
}

function posted(body: object, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

const question = questions[name];
if (question === undefined) throw new Error(`nothing is known to ask of ${JSON.stringify(name)}`);
await import(new URL('start.mjs', import.meta.url).href);
const server = getTestServer(name).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('the rehearsal listens nowhere');
const [path, request] = question();
const answered = fetch(`http://127.0.0.1:${address.port}${path}`, { redirect: 'manual', ...request }).then(
  async (answer) => await answer.text(),
);
await Promise.race([delay(longestMilliseconds), answered]);
flushCompileCache();
process.exit();
