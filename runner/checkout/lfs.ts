import { createHash } from 'node:crypto';
import { lstat, open, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { withBackOff } from '../../shared/back-off.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import { checkoutExitCodes } from '../../shared/attempt/exit-codes.ts';
import { CheckoutFailure, failureOf, HostUnreachable } from './failure.ts';
import { ensureFolder, removeTree } from './folders.ts';
import { authorizationOf } from './git.ts';
import type { LfsPointer } from './lfs-pointers.ts';
import { type LfsDownload, LfsFailure, askForObjects } from './lfs-server.ts';
import { plainText } from './plain-text.ts';
import { type Report, seconds } from './report.ts';

export interface LfsOptions {
  readonly pointers: readonly LfsPointer[];
  /** The folder in which contents are kept, by their SHA-256. */
  readonly store: string;
  readonly url: string;
  readonly token: string | null;
  readonly allowInsecure: boolean;
  readonly report: Report;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Before something is tried again, about. */
  readonly retryDelayMs: number;
  /** Sees to it that there is room for so many bytes and files. */
  readonly roomFor: (more: { readonly bytes: number; readonly inodes: number }) => Promise<void>;
}

const maxObjects = 50_000;
const batchSize = 100;
const parallel = 4;
const tries = 3;
const downloadTimeoutMs = 30 * 60_000;
/** fetch makes these itself. */
const notOurs = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'accept-encoding']);

/**
 * Brings what the pointers of a commit point to onto the volume, each content once and checked by size and SHA-256.
 * @throws CheckoutFailure `sourcesMissing` if something is not to be had, `checkoutFailed` if it may be had later
 */
export async function obtainObjects(options: LfsOptions): Promise<void> {
  const { pointers, store, report, clock } = options;
  if (pointers.length === 0) return;
  if (pointers.length > maxObjects) throw missing(`The commit has more than ${maxObjects} files of Git LFS.`);
  await ensureFolder(store, 0o700);
  const wanted: LfsPointer[] = [];
  for (const pointer of new Map(pointers.map((one) => [one.oid, one])).values()) {
    if (!(await isKept(options, pointer))) wanted.push(pointer);
  }
  if (wanted.length === 0) return;
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  // Once in the store, and once in the work tree.
  await options.roomFor({ bytes: bytes * 2, inodes: wanted.length * 2 });
  const started = clock.now().getTime();
  for (let at = 0; at < wanted.length; at += batchSize) await obtainBatch(options, wanted.slice(at, at + batchSize));
  const took = seconds(clock.now().getTime() - started);
  report.say(`fetched ${wanted.length} files of Git LFS (${Math.ceil(bytes / 1024 ** 2)} MiB) in ${took}`);
}

/** Whether it is here whole; its time of change says when it was last asked for. */
async function isKept({ store, clock }: LfsOptions, { oid, size }: LfsPointer): Promise<boolean> {
  const file = join(store, oid);
  const stats = await lstat(file).catch(() => null);
  if (stats?.isFile() !== true || stats.size !== size) return false;
  await utimes(file, clock.now(), clock.now());
  return true;
}

async function obtainBatch(options: LfsOptions, pointers: readonly LfsPointer[]): Promise<void> {
  const { signal } = options;
  const places = await persist(options, 'the files of Git LFS', async () => {
    return await askForObjects({ ...options, objects: pointers, signal });
  });
  const queue = [...pointers];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const pointer = next;
      const what = `the file ${plainText(pointer.path.toString('utf8'), 200)} of Git LFS`;
      await persist(options, what, async () => {
        const place = places.get(pointer.oid) ?? new LfsFailure('the server does not know it', true);
        if (place instanceof LfsFailure) throw place;
        await download(options, pointer, place);
      });
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

/** Tries again what may work later. @throws CheckoutFailure */
async function persist<Result>(options: LfsOptions, what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await withBackOff(work, {
      ...options,
      tries,
      firstMilliseconds: options.retryDelayMs,
      worthIt: (error) => {
        if (error instanceof LfsFailure && error.final) return false;
        options.report.say(`${what}: tried again, since ${wordsOf(error)}`);
        return true;
      },
    });
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof LfsFailure)) throw failureOf(error, `${capital(what)} cannot be fetched`);
    throw error.final
      ? missing(`${capital(what)} cannot be had: ${error.message}.`)
      : new HostUnreachable(`${capital(what)} cannot be fetched: ${wordsOf(error)}.`);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? plainText(error.message, 200) : 'no answer';
}

async function download(options: LfsOptions, pointer: LfsPointer, place: LfsDownload): Promise<void> {
  const href = URL.canParse(place.href) ? new URL(place.href) : null;
  const isKnown = href?.protocol === 'https:' || (href?.protocol === 'http:' && options.allowInsecure);
  if (href === null || !isKnown) throw new LfsFailure('its address must be an https one', true);
  const response = await fetch(href, {
    headers: { ...headersOf(options, href, place), 'accept-encoding': 'identity' },
    redirect: 'manual',
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(downloadTimeoutMs)]),
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new LfsFailure(`${response.status} from ${href.host}`, [401, 403, 404, 410].includes(response.status));
  }
  const file = join(options.store, pointer.oid);
  const part = `${file}.part`;
  await removeTree(part);
  await receive(response.body, part, pointer);
  await rename(part, file);
}

/** As the server says; our credential goes to its own host alone, and only where the server gave none. */
function headersOf({ url, token }: LfsOptions, href: URL, { header }: LfsDownload): Record<string, string> {
  const given = Object.entries(header).filter(([name]) => !notOurs.has(name.toLowerCase()));
  const hasOne = given.some(([name]) => name.toLowerCase() === 'authorization');
  const isOwn = href.origin === new URL(url).origin;
  const ours = token !== null && isOwn && !hasOne ? { authorization: authorizationOf(token) } : {};
  return { ...Object.fromEntries(given), ...ours };
}

async function receive(body: ReadableStream<Uint8Array>, file: string, { oid, size }: LfsPointer): Promise<void> {
  const hash = createHash('sha256');
  const handle = await open(file, 'wx', 0o600);
  try {
    let received = 0;
    for await (const data of body) {
      received += data.byteLength;
      if (received > size) throw new LfsFailure('it is longer than its pointer says', false);
      hash.update(data);
      await handle.writeFile(data);
    }
    if (received !== size) throw new LfsFailure('it is shorter than its pointer says', false);
    if (hash.digest('hex') !== oid) throw new LfsFailure('it is not what its pointer says', false);
  } finally {
    await handle.close();
  }
}

function missing(message: string): CheckoutFailure {
  return new CheckoutFailure(checkoutExitCodes.sourcesMissing, message);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
