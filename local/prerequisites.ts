import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../shared/config.ts';
import { YbError } from '../shared/errors.ts';
import { run } from './command.ts';
import { type EmulatorJars, findEmulators, findJava, findOnPath, isProgram } from './programs.ts';

/** What was found of what the local system needs. */
export interface Findings {
  /** As `process.platform` says it. */
  readonly platform: string;
  readonly git: string | null;
  readonly java: { readonly file: string; readonly major: number } | null;
  readonly gcloud: string | null;
  readonly emulators: EmulatorJars;
  readonly bazel: string | null;
  /** What YB_BAZEL says, if it is set. */
  readonly wantedBazel: string | null;
}

const oldestJava = 17;

/** What is missing: a sentence each, with the one line that installs it. Empty if all is there. */
export function missingPrerequisites(
  found: Findings,
  needed: { readonly bazel: boolean } = { bazel: true },
): readonly string[] {
  if (found.platform !== 'linux' && found.platform !== 'darwin') {
    return [`The local system runs on Linux and macOS, not on ${found.platform}.`];
  }
  const mac = found.platform === 'darwin';
  const problems: string[] = [];
  if (found.git === null) {
    problems.push(`git is missing. Install it: ${mac ? 'xcode-select --install' : 'sudo apt-get install -y git'}`);
  }
  const java = mac ? 'brew install --cask temurin@17' : 'sudo apt-get install -y openjdk-17-jre-headless';
  if (found.java === null) problems.push(`Java ${oldestJava} or newer is missing. Install it: ${java}`);
  else if (found.java.major < oldestJava) {
    problems.push(
      `Java ${oldestJava} or newer is missing, ${found.java.file} is ${found.java.major}. Install it: ${java}`,
    );
  }
  return [...problems, ...missingEmulators(found, mac), ...(needed.bazel ? missingBazel(found) : [])];
}

function missingEmulators({ gcloud, emulators }: Findings, mac: boolean): readonly string[] {
  const missing = [
    ...(emulators.firestore === null ? ['cloud-firestore-emulator'] : []),
    ...(emulators.pubsub === null ? ['pubsub-emulator'] : []),
  ];
  if (missing.length === 0) return [];
  const components = `gcloud components install --quiet ${missing.join(' ')}`;
  // Debian's package of the SDK has its own package for each component and refuses `components install`.
  const packages = `sudo apt-get install -y ${missing.map((name) => `google-cloud-cli-${name.replace(/^cloud-/, '')}`).join(' ')}`;
  if (gcloud !== null) {
    const line = gcloud.startsWith('/usr/') && !mac ? packages : components;
    return [`Of the Google Cloud SDK ${missing.join(' and ')} is missing. Install it: ${line}`];
  }
  const sdk = mac ? 'brew install --cask google-cloud-sdk' : 'curl -sSL https://sdk.cloud.google.com | bash';
  return [`The Google Cloud SDK with its emulators is missing. Install it: ${sdk} && ${components}`];
}

function missingBazel({ bazel, wantedBazel }: Findings): readonly string[] {
  if (bazel !== null) return [];
  if (wantedBazel !== null) return [`YB_BAZEL names ${wantedBazel}, which is not a program that can be run.`];
  return ['Bazel is missing. Install it: npm install --global @bazel/bazelisk (or set YB_BAZEL to a Bazel)'];
}

/** Looks for everything. Takes a moment: Java is asked for its version. */
export async function findPrerequisites(variables: Environment): Promise<Findings> {
  const wanted = variables['YB_BAZEL'];
  const wantedBazel = wanted === undefined || wanted === '' ? null : resolve(variables['INIT_CWD'] ?? '.', wanted);
  const [git, java, gcloud, emulators, bazel] = await Promise.all([
    findOnPath('git', variables),
    findWorkingJava(variables),
    findOnPath('gcloud', variables),
    findEmulators(variables),
    findBazel(variables, wantedBazel),
  ]);
  return { platform: process.platform, git, java, gcloud, emulators, bazel, wantedBazel };
}

/**
 * The file of the Bazel to use; null where none is needed, because builds bring their own.
 * @throws YbError `bad-settings` with one line for each thing that is missing
 */
export async function requirePrerequisites(
  variables: Environment,
  needed: { readonly bazel: boolean },
): Promise<{ readonly bazel: string | null }> {
  const found = await findPrerequisites(variables);
  const problems = missingPrerequisites(found, needed);
  if (problems.length > 0) throw new YbError('bad-settings', problems.join('\n'));
  return { bazel: needed.bazel ? found.bazel : null };
}

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

/** YB_BAZEL, else `bazel` or `bazelisk` on the PATH, else the old one that npm brings for Linux. */
async function findBazel(variables: Environment, wanted: string | null): Promise<string | null> {
  if (wanted !== null) return (await isProgram(wanted)) ? wanted : null;
  // npm puts its own folders in front of the PATH, and the old Bazel with them: a person's own goes first.
  const folders = (variables['PATH'] ?? '').split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'));
  const own = { PATH: folders.join(delimiter) };
  const npm = join(modules, '@bazel', 'bazel-linux_x64', 'bazel-2.1.0-linux-x86_64');
  return (
    (await findOnPath('bazel', own)) ??
    (await findOnPath('bazelisk', own)) ??
    (process.platform === 'linux' && process.arch === 'x64' && (await isProgram(npm)) ? npm : null)
  );
}

/** A Java that runs: macOS has a program of this name that only says that there is none, and Java 8 knows no `--version`. */
async function findWorkingJava(variables: Environment): Promise<Findings['java']> {
  const file = await findJava(variables);
  if (file === null) return null;
  const said = await run(file, ['--version'], { cwd: '/', env: {} }).catch(() => '');
  const major = /^\S+ (\d+)/.exec(said)?.[1];
  return major === undefined ? null : { file, major: Number(major) };
}
