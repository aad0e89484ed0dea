import { testlogsPath, type AttemptFiles } from '../../shared/bazel/local-files.ts';
import type { EventSnapshot } from '../../shared/bazel/events.ts';
import { type AttemptRef, testFile, testFileName } from '../../shared/attempt/layout.ts';
import { type FailingAction, resultLimits, type TargetResult, type TestAttempt } from '../../shared/attempt/result.ts';
import { runFiles } from '../../shared/attempt/run-files.ts';
import { readEndBelow } from './hostile-files.ts';
import type { Masker } from './mask.ts';
import type { Uploader } from './uploader.ts';

export interface EvidenceOptions {
  readonly attempt: AttemptRef;
  readonly runFolder: string;
  readonly masker: Masker;
  readonly uploader: Uploader;
  readonly patience: AbortSignal;
}

export interface Evidence {
  readonly targets: TargetResult[];
  readonly failures: FailingAction[];
  readonly missing: string[];
}

/** Test attempts of which the files are uploaded, and the bytes of each file that are: its end. */
const attemptLimit = 200;
const fileBytes = 4 * 1024 * 1024;
const together = 4;

/**
 * Uploads what failed attempts left behind and writes into the targets where it is. The paths come from the events and
 * the files from the build: both are hostile.
 */
export async function uploadEvidence(snapshot: EventSnapshot, options: EvidenceOptions): Promise<Evidence> {
  const files = new Map(snapshot.files.map((file) => [keyOf(file.label, file), file]));
  const failed = snapshot.targets
    .flatMap((target) => target.details.filter(isFailure).map((detail) => ({ target, detail })))
    .flatMap(({ target, detail }) => {
      const found = files.get(keyOf(target.label, detail));
      return found === undefined ? [] : [{ target, detail, found }];
    })
    .slice(0, attemptLimit);

  const objects = new Map<TestAttempt, { log: string | null; xml: string | null }>();
  const missing: string[] = [];
  await inParallel(failed, async ({ detail, found }, index) => {
    const upload = async (file: 'log' | 'xml') => {
      const path = found[file] === null ? null : testlogsPath(found[file]);
      if (path === null) return null;
      const content = await readMasked(options, `${runFiles.testLogs}/${path}`, fileBytes);
      if (content === null) return null;
      const name = testFileName(options.attempt, { number: index + 1, file });
      const contentType = file === 'log' ? 'text/plain; charset=utf-8' : 'application/xml; charset=utf-8';
      if (await options.uploader.put({ name, contentType, content }, options.patience)) {
        return testFile({ number: index + 1, file });
      }
      missing.push(name);
      return null;
    };
    objects.set(detail, { log: await upload('log'), xml: await upload('xml') });
  });

  return {
    targets: snapshot.targets.map((target) => withObjects(target, objects)),
    failures: await Promise.all(snapshot.failures.map(async (failure, index) => await withOutput(failure, index))),
    missing,
  };

  async function withOutput(failure: FailingAction, index: number): Promise<FailingAction> {
    const path = snapshot.failureFiles[index]?.stderr;
    const name = /\/bazel-out\/_tmp\/actions\/(std[a-z]+-[0-9]+)$/.exec(path ?? '')?.[1];
    if (name === undefined) return failure;
    const output = await readMasked(options, `${runFiles.actions}/${name}`, resultLimits.message / 2);
    const text = output?.toString('utf8').trim() ?? '';
    const message = [failure.message, text].filter(Boolean).join('\n').slice(0, resultLimits.message);
    return { ...failure, message: message === '' ? null : message.toWellFormed() };
  }
}

function isFailure(detail: TestAttempt): boolean {
  return detail.status !== 'PASSED';
}

function keyOf(label: string, { run, shard, attempt }: Pick<AttemptFiles, 'run' | 'shard' | 'attempt'>): string {
  return `${run} ${shard} ${attempt} ${label}`;
}

function withObjects(
  target: TargetResult,
  objects: ReadonlyMap<TestAttempt, { log: string | null; xml: string | null }>,
): TargetResult {
  const details = target.details.map((detail) => ({ ...detail, log: null, xml: null, ...objects.get(detail) }));
  return { ...target, details, log: details.findLast(({ log }) => log !== null)?.log ?? null };
}

async function readMasked(options: EvidenceOptions, path: string, limit: number): Promise<Buffer | null> {
  const end = await readEndBelow(options.runFolder, path, limit);
  if (typeof end === 'string') return null;
  // It may have been cut off, by us or by the build script, in the middle of a secret, which nobody would know then.
  const bytes = end.length < limit ? end : end.subarray(firstWholeLine(end, Math.min(limit / 4, 16 * 1024)));
  const parts: Buffer[] = [];
  const keep = (part: Uint8Array) => {
    parts.push(Buffer.from(part));
  };
  const stream = options.masker.stream();
  stream.push(bytes, keep);
  stream.end(keep);
  return Buffer.concat(parts);
}

/** Where the first line begins that is whole; `most`, if there is none before. */
function firstWholeLine(bytes: Buffer, most: number): number {
  const start = bytes.indexOf('\n') + 1;
  return start > 0 && start < most ? start : most;
}

async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: together }, worker));
}
