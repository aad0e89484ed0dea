import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitFile } from '../../../shared/attempt/run-files.ts';
import { environment } from '../../../shared/config.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A prepared volume, a run's folder, and a program in the place of Bazel that does what the test's shell lines say. */
export interface Setting {
  readonly volume: string;
  readonly run: string;
  /** One line for each call of the program: its arguments, separated by `|`. */
  calls(): string[];
  start(options?: { shell?: string; variables?: Record<string, string> }): ChildProcess;
  /** Runs the build script to its end. */
  build(options?: { shell?: string; variables?: Record<string, string> }): Promise<Outcome>;
  outcome(code: number | null): Outcome;
}

export interface Outcome {
  readonly code: number | null;
  readonly log: string;
  readonly exit: ExitFile | null;
}

/** `bazel` is shell code that runs for `bazel test`; `$calls` is the number of tests so far, `$ob` the output base. */
export function createSetting(options: { bazel?: string; parameters?: string[]; version?: string } = {}): Setting {
  const folder = temporaryFolder();
  const volume = join(folder, 'volume with space');
  const run = join(folder, 'run');
  for (const path of [join(volume, 'src'), join(volume, 'ob/server'), join(run, 'bin'), join(folder, 'shm')]) {
    mkdirSync(path, { recursive: true });
  }
  writeFileSync(join(volume, 'holder'), 'run-1\n');
  writeFileSync(
    join(run, 'bin/parameters'),
    ['holder=run-1', ...(options.parameters ?? ['target=//...'])].join('\n') + '\n',
  );
  const script = readFileSync(new URL('../../../runner/build.sh', import.meta.url), 'utf8');
  // The same script, less patient.
  writeFileSync(join(run, 'bin/build.sh'), script.replace('\ngrace=10\n', '\ngrace=1\n'));
  const bazel = join(folder, 'bazel');
  writeFileSync(bazel, standIn({ folder, code: options.bazel ?? '', version: options.version ?? '7.1.0' }));
  chmodSync(bazel, 0o755);

  const start: Setting['start'] = ({ shell = 'sh', variables = {} } = {}) => {
    const shells = join(folder, 'shells');
    mkdirSync(shells, { recursive: true });
    if (!existsSync(join(shells, 'sh'))) symlinkSync(pathOf(shell), join(shells, 'sh'));
    return spawn(pathOf(shell), [...(shell === 'busybox' ? ['sh'] : []), join(run, 'bin/build.sh')], {
      env: {
        PATH: environment()['PATH'],
        YB_BUILD_DIR: volume,
        YB_RUN_DIR: run,
        YB_SHM_DIR: join(folder, 'shm'),
        YB_BAZEL: bazel,
        YB_PATH: `${shells}:/usr/local/bin:/usr/bin:/bin`,
        YB_TERMINATION_FILE: join(folder, 'termination'),
        SECRET_OF_THE_MACHINE: 'nobody may see this',
        ...variables,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  const outcome = (code: number | null): Outcome => ({
    code,
    log: readIfThere(join(run, 'log')) ?? '',
    exit: parseExit(readIfThere(join(run, 'exit'))),
  });
  return {
    volume,
    run,
    calls: () => (readIfThere(join(folder, 'calls')) ?? '').split('\n').filter(Boolean),
    start,
    build: async (how) => {
      const child = start(how);
      child.stdout?.resume();
      child.stderr?.resume();
      const code = await new Promise<number | null>((resolve) => {
        child.once('close', resolve);
      });
      return outcome(code);
    },
    outcome,
  };
}

/** A folder with the programs that an image needs for the script, and no Bazel among them. */
export function imageWithoutBazel(): string {
  const folder = temporaryFolder();
  const needed = 'sh env date mkfifo cat flock mkdir rm mv sed tr head grep tail awk df find stat sort xargs sleep';
  for (const name of needed.split(' ')) symlinkSync(pathOf(name), join(folder, name));
  return folder;
}

/** The shells of this machine that an image may have as its `sh`. */
export const shells = ['dash', 'bash', 'busybox'].filter((shell) => pathOf(shell) !== '');

function pathOf(shell: string): string {
  const folders = ['/bin', '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, shell)).find((path) => existsSync(path)) ?? '';
}

function standIn({ folder, code, version }: { folder: string; code: string; version: string }): string {
  return `#!/bin/sh
folder='${folder}'
[ "$1" != --version ] || { echo "bazel ${version}"; exit 0; }
printf '%s|' "$@" >>"$folder/calls"; echo >>"$folder/calls"
env >"$folder/environment"
for word in "$@"; do
  case $word in
    shutdown) exit 0 ;;
    --output_base=*) ob=\${word#*=} ;;
    --build_event_json_file=*) events=\${word#*=} ;;
    --profile=*) profile=\${word#*=} ;;
  esac
done
calls=$(grep -c '|test|' "$folder/calls")
${code}
`;
}

function parseExit(text: string | null): ExitFile | null {
  return text === null ? null : ExitFile.parse(JSON.parse(text));
}

function readIfThere(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
