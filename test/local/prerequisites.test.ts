import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Findings, findPrerequisites, missingPrerequisites } from '../../local/prerequisites.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const complete: Findings = {
  platform: 'linux',
  git: '/usr/bin/git',
  java: { file: '/usr/bin/java', major: 17 },
  gcloud: '/usr/bin/gcloud',
  emulators: { firestore: '/sdk/firestore.jar', pubsub: '/sdk/pubsub.jar' },
  bazel: '/usr/bin/bazel',
  wantedBazel: null,
};

describe('what is missing', () => {
  it('is nothing when all is there', () => {
    expect(missingPrerequisites(complete)).toEqual([]);
    expect(missingPrerequisites({ ...complete, platform: 'darwin' })).toEqual([]);
  });

  it.each([
    ['git', { git: null }, 'git is missing', 'apt-get install -y git'],
    ['git on a Mac', { git: null, platform: 'darwin' }, 'git is missing', 'xcode-select --install'],
    ['Java', { java: null }, 'Java 17 or newer is missing', 'openjdk-17-jre-headless'],
    ['Java on a Mac', { java: null, platform: 'darwin' }, 'Java 17', 'brew install'],
    ['a new enough Java', { java: { file: '/j', major: 11 } }, '/j is 11', 'openjdk-17-jre-headless'],
    ['the SDK', { gcloud: null, emulators: { firestore: null, pubsub: null } }, 'Google Cloud SDK', 'sdk.cloud.google'],
    [
      'one emulator of a packaged SDK',
      { emulators: { firestore: null, pubsub: '/p' } },
      'cloud-firestore-emulator is missing',
      'google-cloud-cli-firestore-emulator',
    ],
    [
      'both emulators of an SDK of its own',
      { gcloud: '/home/me/google-cloud-sdk/bin/gcloud', emulators: { firestore: null, pubsub: null } },
      'cloud-firestore-emulator and pubsub-emulator',
      'gcloud components install --quiet cloud-firestore-emulator pubsub-emulator',
    ],
    ['Bazel', { bazel: null }, 'Bazel is missing', 'npm install --global @bazel/bazelisk'],
    ['the Bazel that was asked for', { bazel: null, wantedBazel: '/no' }, 'YB_BAZEL names /no', 'not a program'],
    ['a known system', { platform: 'win32' }, 'Linux and macOS', 'win32'],
  ] satisfies readonly [string, Partial<Findings>, string, string][])(
    'is told in one line: %s',
    (_what, difference, named, remedy) => {
      const problems = missingPrerequisites({ ...complete, ...difference });

      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(named);
      expect(problems[0]).toContain(remedy);
      expect(problems[0]).not.toContain('\n');
    },
  );

  it('is told all at once', () => {
    expect(missingPrerequisites({ ...complete, git: null, java: null, bazel: null })).toHaveLength(3);
  });
});

describe('looking for it', () => {
  function program(folder: string, name: string): string {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, name);
    writeFileSync(file, '#!/bin/sh\necho "openjdk 21.0.2 2024-01-16"\n');
    chmodSync(file, 0o755);
    return file;
  }

  it('finds the emulators from where gcloud leads, and the version of Java', async () => {
    const folder = temporaryFolder();
    const sdk = join(folder, 'sdk');
    const gcloud = program(join(sdk, 'bin'), 'gcloud');
    mkdirSync(join(folder, 'bin'));
    symlinkSync(gcloud, join(folder, 'bin', 'gcloud'));
    const java = program(join(folder, 'bin'), 'java');
    for (const part of ['cloud-firestore-emulator', 'pubsub-emulator/lib']) {
      mkdirSync(join(sdk, 'platform', part), { recursive: true });
    }
    const firestore = join(sdk, 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar');
    const pubsub = join(sdk, 'platform/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar');
    for (const jar of [firestore, pubsub]) writeFileSync(jar, '');

    const found = await findPrerequisites({ PATH: join(folder, 'bin') });

    expect(found).toMatchObject({ git: null, java: { file: java, major: 21 }, emulators: { firestore, pubsub } });
  });

  it('takes the Bazel that is asked for, then bazel, then bazelisk, and no folder of npm', async () => {
    const folder = temporaryFolder();
    const wanted = program(folder, 'my-bazel');
    const npm = join(folder, 'node_modules/.bin');
    program(npm, 'bazel');
    const bazelisk = program(join(folder, 'b'), 'bazelisk');
    const bazel = program(join(folder, 'a'), 'bazel');
    const search = async (variables: Record<string, string>) => (await findPrerequisites(variables)).bazel;

    expect(await search({ YB_BAZEL: wanted, PATH: join(folder, 'a') })).toBe(wanted);
    expect(await search({ PATH: `${npm}:${join(folder, 'b')}:${join(folder, 'a')}` })).toBe(bazel);
    expect(await search({ PATH: `${npm}:${join(folder, 'b')}` })).toBe(bazelisk);
    expect(await search({ YB_BAZEL: join(folder, 'none'), PATH: join(folder, 'a') })).toBeNull();
  });
});
