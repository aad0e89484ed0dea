import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import { createEventReader } from '../../shared/bazel/events.ts';
import { buildLogName, profileName, signalName, targetsName } from '../../shared/attempt/layout.ts';
import type { UploadGrant } from '../../shared/attempt/upload-grant.ts';
import { RunResult, type TargetsFile } from '../../shared/attempt/result.ts';
import { runFiles } from '../../shared/attempt/run-files.ts';
import type { CourierSpec } from '../../shared/attempt/spec.ts';
import { type Archived, createArchive } from './archive.ts';
import { createChunker } from './chunker.ts';
import { followEvents } from './event-courier.ts';
import { type Evidence, uploadEvidence } from './evidence.ts';
import { createFollower } from './follower.ts';
import { createLineSplitter } from './lines.ts';
import { followLog } from './log-courier.ts';
import { createMasker, maskedJson } from './mask.ts';
import { startPatience } from './upload-time.ts';
import { copyProfile } from './profile.ts';
import { describeResult, readLastWords } from './result.ts';
import { openState } from './state.ts';
import { createUploader } from './uploader.ts';

export interface CourierOptions {
  readonly spec: CourierSpec;
  readonly grant: UploadGrant;
  /** Values that may not leave. */
  readonly secrets: readonly string[];
  readonly runFolder: string;
  /** The courier's own, removed at the end. */
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** SIGTERM: the build is over, one way or another. */
  readonly stop: AbortSignal;
  readonly onFailure: (failure: { readonly name: string; readonly status: number | string }) => void;
  readonly lookMs?: number;
  readonly sendMs?: number;
}

/** Bytes of a run's events that are read, and of a line of them. */
const eventBytes = 1024 * 1024 * 1024;
const eventLineBytes = 8 * 1024 * 1024;

/**
 * Carries what a build says to the storage while it runs, and what came of it when it is over: started.json, chunks and
 * changed targets, then the archive and the evidence, and result.json last. It does not end before `stop`.
 * @returns the result, and whether the storage has it
 */
export async function runCourier(options: CourierOptions): Promise<{ result: RunResult; delivered: boolean }> {
  const { spec, runFolder, stateFolder, clock, stop, lookMs = 250, sendMs = 1_000 } = options;
  const attempt = { runId: spec.runId, attempt: spec.attempt };
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const state = openState(stateFolder);
  const masker = createMasker(options.secrets);
  const uploader = createUploader(options);
  const patience = startPatience({ clock, stop, graceMs: spec.graceSeconds * 1_000 });
  const reader = createEventReader();
  const common = { attempt, uploader, state, clock, stop, patience: patience.chunks, lookMs, sendMs };

  if (!state.started) {
    const content = maskedJson(masker, { v: 1, ...attempt, epoch: spec.epoch, startedAt: clock.now().toISOString() });
    const started = { name: signalName(attempt, 'started'), contentType: 'application/json', content };
    if (await uploader.put(started, patience.chunks)) state.rememberStarted();
  }

  const archive = createArchive({ file: join(stateFolder, 'build.log.gz') });
  const [log] = await Promise.all([
    followLog({
      ...common,
      follower: createFollower({ root: runFolder, path: runFiles.log }),
      masker: masker.stream(),
      chunker: createChunker({ ends: state.chunkEnds }),
      archive,
      maxLogBytes: spec.maxLogBytes,
    }),
    followEvents({
      ...common,
      follower: createFollower({ root: runFolder, path: runFiles.events }),
      lines: createLineSplitter({ limit: eventLineBytes }),
      reader,
      masker,
      maxBytes: eventBytes,
    }),
  ]);
  const endedAt = clock.now();
  const lastWords = await readLastWords(runFolder);
  const archived = await archive.end();
  const snapshot = reader.snapshot();
  const missing = [...log.missing, ...(await uploadArchive(archived))];
  const evidence = await uploadEvidence(snapshot, {
    attempt,
    runFolder,
    masker,
    uploader,
    patience: patience.evidence,
  });
  missing.push(...evidence.missing, ...(await uploadTargets(evidence)), ...(await uploadProfile()));

  const result = describeResult({
    spec,
    lastWords,
    log,
    archived,
    snapshot,
    missing,
    endedAt,
    now: clock.now(),
  });
  const content = maskedJson(masker, RunResult.parse(result));
  const delivered = await uploader.putResult({ name: signalName(attempt, 'result'), content }, patience.result);
  uploader.close();
  patience.end();
  await rm(stateFolder, { recursive: true, force: true });
  return { result, delivered };

  async function uploadArchive({ file }: Archived): Promise<string[]> {
    const name = buildLogName(attempt);
    if (file === null) return [name];
    const contentType = 'text/plain; charset=utf-8';
    const stored = await uploader.put({ name, contentType, contentEncoding: 'gzip', content: file }, patience.archive);
    return stored ? [] : [name];
  }

  async function uploadTargets({ targets, failures }: Evidence): Promise<string[]> {
    const name = targetsName(attempt);
    const file: TargetsFile = { v: 1, targets, failures };
    const json = { name, contentType: 'application/json', content: maskedJson(masker, file) };
    return (await uploader.put(json, patience.evidence)) ? [] : [name];
  }

  async function uploadProfile(): Promise<string[]> {
    const file = join(stateFolder, 'profile.gz');
    const content = await copyProfile({ runFolder, file, masker, patience: patience.evidence });
    if (content === null) return [];
    const name = profileName(attempt);
    return (await uploader.put({ name, contentType: 'application/gzip', content }, patience.evidence)) ? [] : [name];
  }
}
