import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Random } from '../../../shared/outside/random.ts';
import type { Log } from '../../../shared/outside/log.ts';
import { isNodeError } from '../node-error.ts';
import type { Delivery, Hook } from '../state.ts';
import type { Store } from '../store.ts';
import { toSeconds } from '../time.ts';
import { randomGuid } from '../tokens.ts';
import { type HookAnswer, hookBody, hookHeaders, postHook } from './hook-request.ts';

/** An event as it goes to hooks. */
export interface HookEvent {
  readonly event: string;
  readonly action: string | null;
  readonly payload: object;
}

/**
 * Delivers events to hooks as GitHub does: one attempt, within a time limit, with a record of how it went. Nothing is
 * ever tried again unless somebody asks.
 */
export interface Deliveries {
  /** Resolves when every hook has answered or failed to. An event over GitHub's size limit is not delivered at all. */
  deliver(hooks: readonly Hook[], event: HookEvent): Promise<void>;
  /** Sends a recorded payload once more, with the same GUID, to where its hook leads now. */
  redeliver(hook: Hook, delivery: Delivery): Promise<void>;
  /** Drops all records of hooks that are gone, and what was sent to them. */
  forget(hooks: readonly Hook[]): Promise<void>;
  /** What was sent; null if it is no longer kept. */
  payload(delivery: Delivery): Promise<string | null>;
  /** Gives up what still waits for an answer (the records say so) and resolves when all of it is recorded. */
  stop(): Promise<void>;
}

/** GitHub does not deliver more. */
const maxPayloadBytes = 25 * 1024 * 1024;
/** GitHub tells of deliveries of the last three days. */
const keptMs = 3 * 24 * 60 * 60 * 1000;

export interface DeliveriesOptions {
  readonly folder: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long a receiver may take. */
  readonly limitMs: number;
  /** So many records are kept of each hook. */
  readonly kept: number;
}

interface Attempt extends Pick<Delivery, 'guid' | 'event' | 'action' | 'redelivery'> {
  readonly hook: Hook;
  readonly payload: string;
}

export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { store, clock } = options;
  const stopping = new AbortController();
  const going = new Set<Promise<void>>();
  const payloadFile = (guid: string): string => join(options.folder, `${guid}.json`);

  const attempt = async ({ hook, payload, ...about }: Attempt): Promise<void> => {
    const id = store.nextId();
    const delivery = { hook, payload, guid: about.guid, event: about.event };
    const body = hookBody(delivery);
    const headers = hookHeaders(delivery, body);
    const { url } = hook.config;
    const answer = await postHook({ hook, headers, body, limitMs: options.limitMs, signal: stopping.signal });
    options.log.info({ delivery: about.guid, event: about.event, status: answer.status }, 'hook delivery');
    if (!store.state.hooks.includes(hook)) return;
    hook.lastResponse = lastResponse(answer);
    store.state.deliveries.push({
      ...about,
      id,
      hookId: hook.id,
      repoId: hook.repoId,
      deliveredAt: toSeconds(clock.now()),
      duration: answer.seconds,
      status: answer.status,
      statusCode: answer.statusCode,
      url,
      request: { headers },
      response: answer.response,
    });
    await dropOldest(hook.id);
    await store.save();
  };

  /** Drops records, and the payloads that no other record needs. */
  const drop = async (dropped: ReadonlySet<Delivery>): Promise<void> => {
    if (dropped.size === 0) return;
    store.state.deliveries = store.state.deliveries.filter((delivery) => !dropped.has(delivery));
    const needed = new Set(store.state.deliveries.map(({ guid }) => guid));
    const guids = new Set([...dropped].map(({ guid }) => guid).filter((guid) => !needed.has(guid)));
    await Promise.all([...guids].map(async (guid) => await rm(payloadFile(guid), { force: true })));
  };

  const dropOldest = async (hookId: number): Promise<void> => {
    const since = clock.now().getTime() - keptMs;
    const ofHook = store.state.deliveries.filter((delivery) => delivery.hookId === hookId);
    const recent = ofHook.filter((delivery) => Date.parse(delivery.deliveredAt) >= since);
    const kept = new Set(recent.slice(-options.kept));
    await drop(new Set(ofHook.filter((delivery) => !kept.has(delivery))));
  };

  const track = async (work: Promise<unknown>): Promise<void> => {
    const settled = work.then(
      () => undefined,
      (error: unknown) => {
        options.log.error(
          { cause: error instanceof Error ? error.message : String(error) },
          'hook delivery failed here',
        );
      },
    );
    going.add(settled);
    await settled;
    going.delete(settled);
  };

  return {
    deliver: async (hooks, { event, action, payload }) => {
      const text = JSON.stringify(payload);
      if (hooks.length === 0) return;
      if (Buffer.byteLength(text) > maxPayloadBytes) {
        options.log.warn({ event, bytes: Buffer.byteLength(text) }, 'payload over 25 MB: no hook is told');
        return;
      }
      const guid = randomGuid(options.random);
      const work = async (): Promise<void> => {
        await mkdir(options.folder, { recursive: true });
        await writeFile(payloadFile(guid), text, { mode: 0o600 });
        const attempts = hooks.map(async (hook) => {
          await attempt({ hook, payload: text, guid, event, action, redelivery: false });
        });
        await Promise.all(attempts);
      };
      await track(work());
    },
    redeliver: async (hook, delivery) => {
      const payload = await readPayload(payloadFile(delivery.guid));
      if (payload === null) return;
      const { guid, event, action } = delivery;
      await track(attempt({ hook, payload, guid, event, action, redelivery: true }));
    },
    forget: async (hooks) => {
      const ids = new Set(hooks.map(({ id }) => id));
      await drop(new Set(store.state.deliveries.filter(({ hookId }) => ids.has(hookId))));
    },
    payload: async (delivery) => await readPayload(payloadFile(delivery.guid)),
    stop: async () => {
      stopping.abort();
      while (going.size > 0) await Promise.all(going);
    },
  };
}

async function readPayload(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isNodeError(error, 'ENOENT')) return null;
    throw error;
  }
}

function lastResponse(answer: HookAnswer): Hook['lastResponse'] {
  const code = answer.statusCode === 0 ? null : answer.statusCode;
  const named: Readonly<Record<string, string>> = {
    OK: 'active',
    'timed out': 'timeout',
    'failed to connect': 'unreachable',
  };
  return { code, status: named[answer.status] ?? 'misconfigured', message: answer.status };
}
