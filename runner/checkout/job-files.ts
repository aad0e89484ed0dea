import { copyFile, lstat, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runFiles, type ExitFile, type JobFile } from '../../shared/attempt/run-files.ts';
import type { CheckoutSpec } from '../../shared/attempt/spec.ts';
import type { Configuration } from './configuration.ts';

/** How Bazel is called: the owner's settings with what the commit says on top. */
export function bazelSettings(spec: CheckoutSpec['bazel'], configuration: Configuration): JobFile['bazel'] {
  const environment = configuration.env ?? {};
  return {
    targets: configuration.targets ?? spec.targets,
    flags: [
      ...spec.flags,
      // By name only: the value comes from Bazel's own environment.
      ...Object.keys(environment).map((name) => `--test_env=${name}`),
      ...(configuration.flags ?? []),
    ],
    environment,
    flakyAttempts: configuration.flakyAttempts ?? spec.flakyAttempts,
    diskCacheBytes: spec.diskCacheBytes,
  };
}

/** Leaves what the build needs in the run's folder. */
export async function writeJob(options: {
  readonly runFolder: string;
  readonly buildScript: string;
  readonly job: JobFile;
  /** What was removed to make room. */
  readonly repairs: readonly string[];
  readonly spec: Pick<CheckoutSpec, 'maxLogBytes' | 'machine'>;
}): Promise<void> {
  await mkdir(join(options.runFolder, 'bin'), { recursive: true });
  await writeFile(join(options.runFolder, runFiles.job), `${JSON.stringify(options.job, undefined, 2)}\n`);
  await writeFile(join(options.runFolder, runFiles.parameters), parametersOf(options));
  await copyFile(options.buildScript, join(options.runFolder, runFiles.buildScript));
}

/** The build script's parameters: `name=value` lines. No value holds a line end: every word was checked for it. */
export function parametersOf({
  job,
  repairs,
  spec: { machine, maxLogBytes },
}: {
  readonly job: JobFile;
  readonly repairs: readonly string[];
  readonly spec: Pick<CheckoutSpec, 'maxLogBytes' | 'machine'>;
}): string {
  const { bazel } = job;
  const lines = [
    ['holder', `${job.runId}-${job.attempt}`],
    ['commit', job.sha],
    ['ref', job.ref],
    ['date', job.committedAt],
    ['flaky', String(bazel.flakyAttempts)],
    ['disk', String(bazel.diskCacheBytes)],
    ...(maxLogBytes === undefined ? [] : [['log', String(maxLogBytes)]]),
    ...(machine === undefined
      ? []
      : [
          ['cpus', String(machine.cpus)],
          ['memory', String(machine.memoryMiB)],
        ]),
    ...repairs.map((action) => ['repair', action]),
    ...Object.entries(bazel.environment).map(([name, value]) => ['env', `${name}=${value}`]),
    ...bazel.flags.map((flag) => ['flag', flag]),
    ...bazel.targets.map((target) => ['target', target]),
  ];
  return lines.map((words) => `${words.join('=')}\n`).join('');
}

/**
 * Says in the build script's place that there will be no build, so that the log which ends here counts as whole.
 * What a build wrote is never replaced.
 */
export async function writeExit(runFolder: string, exit: ExitFile): Promise<void> {
  const file = join(runFolder, runFiles.exit);
  const there = await lstat(file).then(
    () => true,
    () => false,
  );
  if (there) return;
  await writeFile(`${file}.new`, `${JSON.stringify(exit)}\n`);
  await rename(`${file}.new`, file);
}
