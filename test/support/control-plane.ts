import { look } from '../simulation/checks/seen.ts';
import { violations } from '../simulation/checks/all.ts';
import { expect } from 'vitest';
import { signalName, targetsName } from '../../shared/attempt/layout.ts';
import type { RunResult, TargetResult, TargetsFile } from '../../shared/attempt/result.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Run } from '../../shared/run/run.ts';
import { readCommitReport } from '../../shared/store/commit-reports.ts';
import { readRun } from '../../shared/store/runs.ts';
import { readVolumes } from '../../shared/store/volumes.ts';
import { createInstallation, type InstallationOptions } from '../world/installation.ts';
import { registerSample } from './sample-repository.ts';
import { sampleResult } from './sample-result.ts';
import { noon, sampleRequest, sampleRunId, sampleSha } from './sample-run.ts';

/** An installation with what tests of scheduler and watcher ask and do again and again. */
export function createControlPlane<Store extends Documents>(options: InstallationOptions<Store>) {
  const here = createInstallation(options);
  /** Jobs that a test has made beside the installation: no rule asks for them. */
  const foreign = new Set<string>();
  const plane = {
    ...here,
    foreign,
    /** As {@link Installation.drain}; afterwards every rule holds. */
    async drain() {
      await here.drain();
      const seen = await look(here);
      const jobs = seen.jobs.filter(({ job }) => !foreign.has(job.name));
      expect(violations({ ...seen, jobs })).toEqual([]);
    },
    async register(repoId: string, volumes: number) {
      await registerSample(here, { id: repoId, volumes });
    },
    async run(runId: string): Promise<Run> {
      const run = await readRun(here.documents, runId);
      if (run === null) throw new Error(`no run ${runId}`);
      return run.value;
    },
    /** The record of what GitHub should show of a commit, by its number. */
    async report(number: number) {
      const report = await readCommitReport(here.documents, { repoId: '42', sha: sampleSha(number) });
      return report?.value ?? null;
    },
    async volumes(repoId: string) {
      const volumes = await readVolumes(here.documents, repoId);
      return volumes.map(({ value }) => value).sort((left, right) => left.index - right.index);
    },
    /** Writes an attempt's list of targets as its courier does. */
    putTargets(run: Run, targets: readonly TargetResult[]) {
      const file: TargetsFile = { v: 1, targets: [...targets], failures: [] };
      here.objects.put(targetsName({ runId: run.id, attempt: run.attempt }), JSON.stringify(file));
    },
    /** Writes an attempt's result as its courier does. */
    putResult(run: Run, changes: Partial<RunResult> = {}) {
      const at = here.clock.now();
      const result = sampleResult({ runId: run.id, attempt: run.attempt, epoch: run.lease?.epoch ?? 0, at }, changes);
      here.objects.put(signalName({ runId: run.id, attempt: run.attempt }, 'result'), JSON.stringify(result));
    },
    /** A push, number by number a second later, and all that follows from it. */
    async push(number: number) {
      const at = new Date(noon.getTime() + number * 1000).toISOString();
      await here.handle(
        sampleRequest({ runId: sampleRunId(number), sha: sampleSha(number), pushedAt: at, requestedAt: at }),
      );
      await plane.drain();
    },
    /** The run's Job passes, and everybody who should hear of it does. */
    async pass(number: number) {
      const run = await plane.run(sampleRunId(number));
      plane.putResult(run);
      here.cluster.end(run.job?.name ?? '', { terminal: 'Complete' });
      await here.handle({ v: 1, type: 'job.finished', jobUid: run.job?.uid ?? '' });
      await plane.drain();
    },
    /** A time goes by, then there is a tick, and all that follows from it. */
    async tickAfter(milliseconds: number) {
      here.clock.advance(milliseconds);
      await here.handle({ v: 1, type: 'tick' });
      await plane.drain();
    },
    /** So many minutes go by, each with its tick. */
    async ticks(minutes = 1) {
      for (let passed = 0; passed < minutes; passed += 1) await plane.tickAfter(60_000);
    },
    /** The states that GitHub was told of a commit, oldest first. */
    states(number: number): string[] {
      return (here.github.statuses.get(sampleSha(number)) ?? []).map(({ state }) => state).reverse();
    },
  };
  return plane;
}
