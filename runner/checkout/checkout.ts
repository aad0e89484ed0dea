import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../shared/clock.ts';
import { buildExitCodes, checkoutExitCodes } from '../../shared/run/exit-codes.ts';
import { runFiles, type JobFile } from '../run-files.ts';
import type { CheckoutSpec } from '../spec.ts';
import { configurationLimit, configurationName, parseConfiguration, type Configuration } from './configuration.ts';
import { passFence } from './epoch.ts';
import { CheckoutFailure } from './failure.ts';
import { removeTree } from './folders.ts';
import { createGit, type Git } from './git.ts';
import { bazelSettings, writeExit, writeJob } from './job-files.ts';
import { lockVolume } from './lock.ts';
import { readCommit, readRoot, readRootFile, tidyMirror, type RootEntry } from './mirror.ts';
import { obtainCommit } from './obtain.ts';
import { openReport, seconds, type Report } from './report.ts';
import { layoutOf, nameHolder, prepareBuild, prepareTrusted, type VolumeLayout } from './volume.ts';

export interface CheckoutOptions {
  readonly spec: CheckoutSpec;
  readonly volumeFolder: string;
  readonly runFolder: string;
  readonly secretFolder: string;
  /** Folders in which programs are looked for. */
  readonly path: string;
  readonly buildScript: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The container's own output. */
  readonly output: (line: string) => void;
  readonly retryDelayMs?: number;
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
    const failure =
      error instanceof CheckoutFailure
        ? error
        : new CheckoutFailure(checkoutExitCodes.checkoutFailed, `The checkout failed: ${String(error)}`);
    report.say(failure.message);
    const finishedAt = options.clock.now().toISOString();
    const times = { startedAt: started.toISOString(), finishedAt };
    await writeExit(options.runFolder, {
      v: 1,
      exitCode: failure.exitCode,
      oomKills: 0,
      repairs: [],
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
  await prepareTrusted(layout);
  await passFence(layout.epoch, spec.epoch);
  await prepareBuild(layout);
  const lock = await lockVolume({ file: layout.lock, path: options.path });
  if (lock === 'busy') {
    throw new CheckoutFailure(buildExitCodes.volumeBusy, 'Another process still writes to the volume.');
  }
  try {
    // From here on no older build can start, though it may have passed its own checkout.
    await nameHolder(layout, `${spec.runId}-${spec.attempt}`);
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
  const git = createGit({
    mirror: layout.mirror,
    index: layout.index,
    tree: layout.tree,
    path: options.path,
    allowInsecure: spec.allowInsecure,
    signal: options.signal,
  });
  const token = await readToken(options.secretFolder);
  const { signal, clock, retryDelayMs = 3_000 } = options;
  const url = spec.repository.cloneUrl;
  await obtainCommit({ git, layout, url, token, sha, report, clock, signal, retryDelayMs });
  const commit = await readCommit(git, sha);
  report.say(`commit by ${commit.author}: ${commit.subject}`);
  const root = await readRoot(git, sha);
  await tellWhatIsLeftOut({ git, sha, root, report });
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
    committedAt: spec.commitDate ?? commit.committedAt,
    startedAt: started.toISOString(),
    finishedAt: options.clock.now().toISOString(),
    bazel: bazelSettings(spec.bazel, configuration ?? {}),
  };
  if (configuration !== null) report.say(`read ${configurationName}: targets ${job.bazel.targets.join(' ')}`);
  const { runFolder, buildScript } = options;
  await writeJob({ runFolder, buildScript, job, spec });
  await tidyMirror(git, sha);
  report.say(`the checkout took ${seconds(options.clock.now().getTime() - started.getTime())}`);
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

async function tellWhatIsLeftOut(options: {
  readonly git: Git;
  readonly sha: string;
  readonly root: readonly RootEntry[];
  readonly report: Report;
}): Promise<void> {
  const { root, report } = options;
  if (root.some(({ name }) => name === '.gitmodules')) {
    report.say('the repository has submodules: they are not fetched, their folders are empty');
  }
  const attributes = root.find(({ name, mode }) => name === '.gitattributes' && mode.startsWith('100'));
  if (attributes === undefined || attributes.size > configurationLimit) return;
  const text = await readRootFile(options.git, options.sha, attributes.name);
  if (text.includes('filter=lfs')) report.say('the repository uses Git LFS: its files are left as pointers');
}
