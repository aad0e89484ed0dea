import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runCheckout, type CheckoutEnd } from '../../../runner/checkout/checkout.ts';
import type { MeasureSpace } from '../../../runner/checkout/room.ts';
import type { CheckoutSpec } from '../../../shared/attempt/spec.ts';
import { systemClock, systemRandom } from '../../../shared/clock.ts';
import { environment } from '../../../shared/config.ts';
import { createGitRepository, type GitRepository } from '../../support/git-repository.ts';
import { startGitServer, type GitServer } from '../../support/git-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export const token = 'ghp_0123456789abcdefghijABCDEFGHIJ';

/** One volume and one repository behind a real git server, and checkouts of it. */
export interface Setting {
  readonly repository: GitRepository;
  readonly server: GitServer;
  readonly volume: string;
  readonly tree: string;
  /** A fresh run's folder per call, as each Pod has its own. */
  checkOut(
    sha: string,
    change?: Partial<CheckoutSpec>,
    options?: { token?: string; measure?: MeasureSpace },
  ): Promise<Outcome>;
}

export interface Outcome extends CheckoutEnd {
  readonly run: string;
  readonly log: string;
}

export async function createSetting(): Promise<Setting> {
  const folder = temporaryFolder();
  const repository = createGitRepository(folder, 'owner/app');
  const server = await startGitServer({ root: folder, token });
  onTestFinished(server.close);
  const volume = join(folder, 'volume');
  mkdirSync(volume);
  let runs = 0;
  return {
    repository,
    server,
    volume,
    tree: join(volume, 'build', 'src'),
    checkOut: async (sha, change = {}, { token: given = token, measure } = {}) => {
      runs += 1;
      const run = join(folder, `run-${runs}`);
      const secrets = join(folder, `secrets-${runs}`);
      mkdirSync(run);
      mkdirSync(secrets);
      writeFileSync(join(secrets, 'token'), given);
      const end = await runCheckout({
        spec: { ...specOf(sha, server), epoch: runs, ...change },
        volumeFolder: volume,
        runFolder: run,
        secretFolder: secrets,
        path: environment()['PATH'] ?? '',
        buildScript: new URL('../../../runner/build.sh', import.meta.url).pathname,
        clock: systemClock,
        random: systemRandom,
        signal: new AbortController().signal,
        output: () => {},
        retryDelayMs: 10,
        ...(measure === undefined ? {} : { measure }),
      });
      return { ...end, run, log: readFileSync(join(run, 'log'), 'utf8') };
    },
  };
}

function specOf(sha: string, server: GitServer): CheckoutSpec {
  return {
    v: 1,
    runId: 'r0000000000000000000000001',
    attempt: 1,
    epoch: 1,
    repository: { fullName: 'owner/app', cloneUrl: server.url('owner/app.git') },
    ref: 'refs/heads/main',
    sha,
    defaultBranch: 'main',
    allowInsecure: true,
    bazel: { targets: ['//...'], flags: [], flakyAttempts: 2, diskCacheBytes: 1_000_000 },
  };
}
