import type { Clock } from '../shared/outside/clock.ts';
import type { Random } from '../shared/outside/random.ts';
import { CommandError } from './command.ts';
import type { Delivery, GitHub, Hook } from './github.ts';
import { hookEvents } from './hook.ts';
import type { RegisteredRepository, Registration, Server } from './server.ts';

const secretBytes = 32;
const waitMilliseconds = 30_000;
const pauseMilliseconds = 1_000;
/** How long after a ping that found the server waking up, or away for a moment, GitHub is asked for another one. */
const askAgainMilliseconds = 8_000;

export interface Connection {
  readonly github: GitHub;
  readonly server: Server;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly fullName: string;
}

/**
 * Gives both sides a fresh secret: the server first, so that it knows the secret when GitHub's ping comes. What the
 * server had before stays good for an hour, so nothing on its way is lost.
 * @returns the hook that GitHub has now
 */
export async function connectHook(
  connection: Connection,
  options: {
    /** The hook to repair; null to add one. */
    readonly stale: Hook | null;
    readonly credential: Registration['credential'];
  },
): Promise<Hook> {
  const { github, server, random, fullName } = connection;
  const secret = Buffer.from(random.bytes(secretBytes)).toString('base64url');
  const registered = await server.register(fullName, {
    hook: { secret },
    ...(options.credential === undefined ? {} : { credential: options.credential }),
  });
  if (registered.hook === null) {
    throw new CommandError('bad-settings', { what: `the yb server gives no address for the hook of ${fullName}` });
  }
  const settings = { url: registered.hook.url, secret, events: hookEvents };
  if (options.stale === null) return await github.createHook(fullName, settings);
  const hook = await github.updateHook(fullName, options.stale.id, settings);
  // GitHub pings a new hook, but not a changed one.
  await github.pingHook(fullName, hook.id);
  return hook;
}

/**
 * Waits until the server has seen a ping that is newer than `before`. GitHub sends none again by itself: if one met a server
 * that could not answer, another one is asked for.
 * @throws CommandError after 30 s, telling what GitHub notes about the ping
 */
export async function waitForPing(
  connection: Connection,
  options: { readonly hook: Hook; readonly before: RegisteredRepository; readonly webhook: string },
): Promise<void> {
  const { server, clock, signal, fullName } = connection;
  const seenBefore = options.before.hook?.lastPingAt ?? null;
  const began = clock.now().getTime();
  let askAgainAt = began + askAgainMilliseconds;
  for (;;) {
    const { hook } = await server.repository(fullName);
    const seen = hook?.lastPingAt ?? null;
    if (seen !== null && seen !== seenBefore) return;
    const now = clock.now().getTime();
    if (now >= began + waitMilliseconds) break;
    if (now >= askAgainAt) {
      askAgainAt = now + askAgainMilliseconds;
      const ping = await lastPing(connection, options.hook);
      if (ping !== undefined && wasMissed(ping)) await connection.github.pingHook(fullName, options.hook.id);
    }
    await clock.sleep(pauseMilliseconds, signal);
  }
  throw noPing(await lastPing(connection, options.hook), options.webhook);
}

async function lastPing({ github, fullName }: Connection, hook: Hook): Promise<Delivery | undefined> {
  const deliveries = await github.deliveries(fullName, hook.id);
  return deliveries.find(({ event }) => event === 'ping');
}

/** Nobody answered in time, or the server said that it could not: the same ping may find it well a moment later. */
function wasMissed({ status_code: code }: Delivery): boolean {
  return code === 0 || code >= 500;
}

function noPing(ping: Delivery | undefined, webhook: string): CommandError {
  const what = `yb has not heard from GitHub within ${waitMilliseconds / 1000} s`;
  if (ping === undefined) {
    return new CommandError('github-unavailable', {
      what,
      why: 'GitHub has not sent its ping yet.',
      next: 'Run the command again in a minute.',
    });
  }
  const told = `GitHub sent its ping, and notes "${ping.status}" (${ping.status_code}).`;
  if (ping.status_code >= 200 && ping.status_code < 300) {
    return new CommandError('store-unavailable', {
      what,
      why: `${told} What took it is not this yb server.`,
      next: 'Look at YB_SERVER, then run the command again.',
    });
  }
  if (ping.status_code === 401 || ping.status_code === 404) {
    return new CommandError('unauthenticated', {
      what,
      why: `${told} The secrets of both sides differ.`,
      next: 'Run the command again: it gives both a new one.',
    });
  }
  if (ping.status_code >= 400) {
    return new CommandError('store-unavailable', {
      what,
      why: told,
      next: 'The log of the yb server says why. Then run the command again.',
    });
  }
  return new CommandError('store-unavailable', {
    what,
    why: told,
    next: `GitHub must be able to reach ${webhook} over https with a valid certificate.`,
  });
}
