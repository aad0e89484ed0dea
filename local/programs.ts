import { constants } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Environment } from '../shared/config.ts';

/** The file that a command line's first word means; null if there is none. */
export async function findOnPath(program: string, variables: Environment): Promise<string | null> {
  const folders = (variables['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const file = join(folder, program);
    if (await isProgram(file)) return file;
  }
  return null;
}

/** Whether a file is there and may be run. */
export async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Java, where `JAVA_HOME` or the PATH has it. */
export async function findJava(variables: Environment): Promise<string | null> {
  const home = variables['JAVA_HOME'];
  if (home !== undefined && home !== '') {
    const java = join(home, 'bin', 'java');
    if (await isProgram(java)) return java;
  }
  return await findOnPath('java', variables);
}

export interface EmulatorJars {
  readonly firestore: string | null;
  readonly pubsub: string | null;
}

/**
 * The two emulators of the Google Cloud SDK. Its folder is looked up rather than asked of `gcloud info`, which takes a
 * second: `CLOUDSDK_ROOT_DIR`, else two folders above the real path of `gcloud`.
 */
export async function findEmulators(variables: Environment): Promise<EmulatorJars> {
  const root = await findSdk(variables);
  if (root === null) return { firestore: null, pubsub: null };
  const firestore = join(root, 'platform', 'cloud-firestore-emulator', 'cloud-firestore-emulator.jar');
  return {
    firestore: (await exists(firestore)) ? firestore : null,
    pubsub: await firstMatch(join(root, 'platform', 'pubsub-emulator', 'lib'), /^cloud-pubsub-emulator-.*\.jar$/),
  };
}

async function findSdk(variables: Environment): Promise<string | null> {
  const told = variables['CLOUDSDK_ROOT_DIR'];
  if (told !== undefined && told !== '') return told;
  const gcloud = await findOnPath('gcloud', variables);
  return gcloud === null ? null : dirname(dirname(await realpath(gcloud)));
}

async function firstMatch(folder: string, pattern: RegExp): Promise<string | null> {
  const names = await readdir(folder).catch(() => []);
  const name = names
    .toSorted((one, other) => one.localeCompare(other))
    .findLast((candidate) => pattern.test(candidate));
  return name === undefined ? null : join(folder, name);
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
