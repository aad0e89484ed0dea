import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import { checkoutExitCodes } from '../../shared/attempt/exit-codes.ts';
import { runFiles, type JobFile } from '../../shared/attempt/run-files.ts';
import type { CheckoutSpec } from '../../shared/attempt/spec.ts';
import { configurationLimit, configurationName, parseConfiguration, type Configuration } from './configuration.ts';
import { enterVolume } from './enter.ts';
import { CheckoutFailure, HostUnreachable, failureOf } from './failure.ts';
import { removeTree } from './folders.ts';
import type { Git } from './git.ts';
import { bazelSettings, writeExit, writeJob } from './job-files.ts';
import { readCommit, readRoot, readRootFile, tidyMirror, type RootEntry } from './mirror.ts';
import { openReport, seconds, type Report } from './report.ts';
import { keepReserve } from './reserve.ts';
import { isFull, makeRoom, measureSpace, type MeasureSpace } from './room.ts';
import { gitOf, obtainSources, tidySources, type SourceContext } from './sources.ts';
import { layoutOf, type VolumeLayout } from './volume.ts';

export interface CheckoutOptions {
  readonly spec: CheckoutSpec;
  readonly volumeFolder: string;
  readonly runFolder: string;
  readonly secretFolder: string;
  /** Folders in which programs are looked for. */
  readonly path: string;
  readonly buildScript: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** The container's own output. */
  readonly output: (line: string) => void;
  readonly retryDelayMs?: number;
  /** How room on the volume is measured. */
  readonly measure?: MeasureSpace;
}

/** Exit code and, where it is not 0, a sentence for a person. */
export interface CheckoutEnd {
  readonly code: number;
  readonly message: string;
}

/**
 * Prepares a leased volume for one build: passes the epoch's fence, brings the work tree to the commit and leaves the
 * job in the run's folder. It is done with the credential when it ends; nothing of it is on a disk.
 */
export async function runCheckout(options: CheckoutOptions): Promise<CheckoutEnd> {
  const started = options.clock.now();
  const report = openReport({ file: join(options.runFolder, runFiles.log), output: options.output });
  try {
    await checkOut(options, report, started);
    return { code: checkoutExitCodes.ok, message: '' };
  } catch (error) {
    options.signal.throwIfAborted();
    const failure = failureOf(error, 'The checkout failed');
    report.say(failure.message);
    const finishedAt = options.clock.now().toISOString();
    const times = { startedAt: started.toISOString(), finishedAt };
    await writeExit(options.runFolder, {
      v: 1,
      exitCode: failure.exitCode,
      oomKills: 0,
      repairs: failure.repairs.map((action) => ({ exitCode: 0, action })),
      ...times,
      toolchain: null,
    });
    return { code: failure.exitCode, message: failure.message };
  } finally {
    report.close();
  }
}

async function checkOut(options: CheckoutOptions, report: Report, started: Date): Promise<void> {
  const { spec } = options;
  checkUrl(spec);
  const layout = layoutOf(options.volumeFolder);
  const holder = `${spec.runId}-${spec.attempt}`;
  const lock = await enterVolume({ layout, epoch: spec.epoch, holder, path: options.path });
  try {
    // Of a server that is gone. What a build wrote in its place would be waited for, talked to or killed.
    await removeTree(layout.server);
    await fillVolume(options, { layout, report, started });
  } finally {
    await lock?.release();
  }
}

async function fillVolume(
  options: CheckoutOptions,
  { layout, report, started }: { layout: VolumeLayout; report: Report; started: Date },
): Promise<void> {
  const { spec } = options;
  const { sha } = spec;
  report.say(`checking out ${sha.slice(0, 12)} (${spec.ref}) of ${spec.repository.fullName}`);
  const { measure = measureSpace } = options;
  const room = { layout, need: spec.room ?? { bytes: 0, inodes: 0 }, measure, report };
  const repairs = await roomAndReserve(room);
  const context: SourceContext = {
    layout,
    url: spec.repository.cloneUrl,
    submoduleUrls: spec.repository.submoduleUrls ?? [],
    token: await readToken(options.secretFolder),
    path: options.path,
    allowInsecure: spec.allowInsecure,
    report,
    clock: options.clock,
    random: options.random,
    signal: options.signal,
    retryDelayMs: options.retryDelayMs ?? 3_000,
    roomFor: async (more) => {
      repairs.push(...(await makeRoom({ ...room, more })));
    },
  };
  await obtainSources(context, sha).catch(async (error: unknown) => {
    throw isFull(await measure(layout.build)) ? volumeFull(error, repairs) : error;
  });
  const git = gitOf(context, layout);
  const commit = await readCommit(git, sha);
  report.say(`commit by ${commit.author}: ${commit.subject}`);
  const root = await readRoot(git, sha);
  requireWorkspace(root);
  const configuration = await readConfiguration(git, sha, root);
  const job: JobFile = {
    v: 1,
    runId: spec.runId,
    attempt: spec.attempt,
    epoch: spec.epoch,
    repository: spec.repository.fullName,
    ref: spec.ref,
    sha,
    subject: commit.subject,
    committedAt: commit.committedAt,
    startedAt: started.toISOString(),
    finishedAt: options.clock.now().toISOString(),
    bazel: bazelSettings(spec.bazel, configuration ?? {}),
  };
  if (configuration !== null) report.say(`read ${configurationName}: targets ${job.bazel.targets.join(' ')}`);
  const { runFolder, buildScript } = options;
  await writeJob({ runFolder, buildScript, job, repairs, spec });
  await tidyMirror(git, sha);
  await tidySources(context);
  report.say(`the checkout took ${seconds(options.clock.now().getTime() - started.getTime())}`);
}

/** The reserve may have been given away; where there is no room at all, there is none for it either. */
async function roomAndReserve(options: Parameters<typeof makeRoom>[0]): Promise<string[]> {
  try {
    return await makeRoom(options);
  } finally {
    await keepReserve(options.layout.reserve).catch(() => undefined);
  }
}

/** git fails without a word that a program could read. */
function volumeFull(error: unknown, repairs: readonly string[]): unknown {
  const { exitCode, message } = failureOf(error, 'The checkout failed');
  if (exitCode !== checkoutExitCodes.checkoutFailed || error instanceof HostUnreachable) return error;
  return new CheckoutFailure(checkoutExitCodes.volumeFull, `The volume is full: ${message}`, repairs);
}

function checkUrl(spec: CheckoutSpec): void {
  const { protocol, username, password } = new URL(spec.repository.cloneUrl);
  const known = protocol === 'https:' || (protocol === 'http:' && spec.allowInsecure);
  if (known && username === '' && password === '') return;
  throw new CheckoutFailure(checkoutExitCodes.checkoutFailed, "The repository's address must be an https one.");
}

async function readToken(secretFolder: string): Promise<string | null> {
  const text = await readFile(join(secretFolder, 'token'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  return text.trim() === '' ? null : text.trim();
}

function requireWorkspace(root: readonly RootEntry[]): void {
  const names = new Set(root.filter(({ mode }) => mode !== '040000').map(({ name }) => name));
  if (['MODULE.bazel', 'WORKSPACE', 'WORKSPACE.bazel'].some((name) => names.has(name))) return;
  throw new CheckoutFailure(
    checkoutExitCodes.noWorkspace,
    'The repository has neither MODULE.bazel nor WORKSPACE at its root: it is not a Bazel workspace.',
  );
}

/** Read as committed, never through the work tree: there it could be a link to anything that this program can read. */
async function readConfiguration(git: Git, sha: string, root: readonly RootEntry[]): Promise<Configuration | null> {
  const entry = root.find(({ name }) => name === configurationName);
  if (entry === undefined) return null;
  const refuse = (reason: string) =>
    new CheckoutFailure(checkoutExitCodes.badConfiguration, `${configurationName} ${reason}`);
  if (!entry.mode.startsWith('100')) throw refuse('must be a regular file');
  if (entry.size > configurationLimit) throw refuse('is larger than 64 KiB');
  return parseConfiguration(await readRootFile(git, sha, configurationName));
}
