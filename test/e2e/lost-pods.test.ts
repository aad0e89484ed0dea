import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { clusterRepository, inPlaceOfBazel, oneTest } from '../support/cluster-runs.ts';
import { inCluster } from '../support/local-system.ts';
import { usePodFaults } from '../support/pod-faults.ts';

/** Slow machines start several Pods at a time here; what is waited for in vain is waited for this long. */
const patience = { YB_IMAGE_WAIT_SECONDS: '25', YB_START_WAIT_SECONDS: '150', YB_RETRY_PAUSES: '1,2' };
/** So little is asked for that all of these Pods fit on one small node. */
const job = { YB_JOB_CPU: '50m', YB_JOB_MEMORY: '1536Mi' };
const missing = 'localhost/no-such-image:1';

/** Ends with 0 when it is asked to end. */
const yielding = { 'tools/bazel': inPlaceOfBazel('trap "exit 0" TERM\necho at work\nsleep 300 &\nwait\n') };

inCluster(
  (rig) => {
    const faults = usePodFaults(() => rig().system.namespace);
    const podOf = async (run: { readonly id: string }, attempt: number): Promise<V1Pod> =>
      await rig().until('the Pod', async () => await faults.pod({ id: run.id, attempt }));
    /** A container waits for this, as the kubelet says. */
    const waitsFor = async (run: { readonly id: string }, reason: RegExp): Promise<void> => {
      await rig().until(String(reason), async () => {
        const pod = await faults.pod({ id: run.id, attempt: 1 });
        const scheduled = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.reason ?? '';
        const waiting = (pod?.status?.containerStatuses ?? []).map(({ state }) => state?.waiting?.reason ?? '');
        return [scheduled, ...waiting].some((one) => reason.test(one));
      });
    };

    describe('a Pod', { concurrent: true, timeout: 600_000 }, () => {
      it('that no node can take: its Job ends, and the scheduler’s words are told', async () => {
        const files = oneTest('exit 0\n');
        const repository = await clusterRepository(rig(), { name: 'too-big', files, settings: { cpu: '16' } });
        const run = await repository.start();
        // One attempt of the three is waited for.
        await rig().until('another attempt', async () => (await run.look()).attempt === 2, 540);
        await run.cancel();
        const ended = await run.ended();
        expect(ended.codes).toEqual(['not-scheduled', 'cancelled']);
        expect(ended.pastAttempts[0]).toMatchObject({
          verdict: 'infrastructure',
          reason: expect.stringMatching(/^No node took the Pod: .*nodes are available.*Insufficient cpu/),
        });
        expect(ended.page).toContain('There is no log.');
      });

      it('whose image is not to be had: the image is named, and it is tried once more', async () => {
        const files = oneTest('exit 0\n');
        const settings = { buildImage: missing };
        const repository = await clusterRepository(rig(), { name: 'no-image', files, settings });
        const ended = await (await repository.start()).ended();
        expect(ended).toMatchObject({ verdict: 'infrastructure', attempt: 2 });
        expect(ended.codes).toEqual(['image-missing', 'image-missing']);
        expect(ended.status.description).toContain(missing);
      });

      it('whose build exits with 0 when it is told to end is never green, however the Pod is taken away', async () => {
        const files = oneTest('sleep 300\n', yielding);
        const repository = await clusterRepository(rig(), { name: 'taken', files, executable: 'tools/bazel' });
        const run = await repository.start();
        await run.says(1, 'at work');
        await faults.evict(await podOf(run, 1));
        await run.says(2, 'at work');
        await faults.delete(await podOf(run, 2), { force: true });
        await run.says(3, 'at work');
        await faults.delete(await podOf(run, 3), { force: false });
        const ended = await run.ended();
        expect(ended).toMatchObject({ verdict: 'infrastructure', attempt: 3 });
        expect(ended.codes).toEqual(['evicted', 'pod-gone', 'pod-gone']);
        expect(ended.pastAttempts[0]?.reason).toMatch(/^The Pod was evicted: /);
        expect(ended.status.description).toMatch(/deleted/);
        expect(ended.text).toContain('at work');
      });

      it('that is deleted by force has another attempt, which can be green', async () => {
        const files = oneTest('sleep 12\necho done\n');
        const run = await (await clusterRepository(rig(), { name: 'deleted', files })).start();
        await run.says(1, 'Analyzed');
        await faults.delete(await podOf(run, 1), { force: true });
        const ended = await run.ended();
        expect(ended).toMatchObject({ verdict: 'passed', attempt: 2, log: { complete: true } });
        expect(ended.codes).toEqual(['pod-gone', 'passed']);
        expect(ended.page).toContain('Attempt 2. The one before did not count: ');
        // The courier's grace is for uploads; it does not wait for its end.
        const { spec, status } = await podOf(run, 2);
        const endOf = (name: string): number =>
          [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
            .find((container) => container.name === name)
            ?.state?.terminated?.finishedAt?.getTime() ?? Number.NaN;
        expect(endOf('courier') - endOf('build')).toBeLessThan(
          ((spec?.terminationGracePeriodSeconds ?? 0) * 1_000) / 2,
        );
      });

      it('whose deadline passes is ended, and the run has timed out', async () => {
        const files = oneTest('sleep 300\n');
        const settings = { deadlineSeconds: 90 };
        const ended = await (await (await clusterRepository(rig(), { name: 'late', files, settings })).start()).ended();
        expect(ended).toMatchObject({ verdict: 'timed-out', attempt: 1, log: { complete: true } });
        expect(ended.codes).toEqual(['deadline']);
        expect(ended.text).toContain('yb: stopped on request');
      });

      it('whose image has no shell, or no Bazel, says so at once', async () => {
        const settings = { buildImage: await faults.imageWithoutShell() };
        const repository = await clusterRepository(rig(), { name: 'unfit', files: oneTest('exit 0\n'), settings });
        const without = await (await repository.start()).ended();
        expect(without).toMatchObject({ verdict: 'infrastructure', attempt: 1, code: 'image-unusable' });
        expect(without.status.description).toMatch(/sh/);
        await repository.change({ buildImage: faults.imageWithoutBazel });
        const noBazel = await (await repository.start()).ended();
        expect(noBazel).toMatchObject({ verdict: 'broken', attempt: 1, code: 'no-bazel' });
        expect(noBazel.text).toContain('no Bazel on its PATH');
      });

      it('is not waited for once its run is cancelled, whatever the run waits for', async () => {
        const settings = { cpu: '16' };
        const repository = await clusterRepository(rig(), { name: 'cancels', files: oneTest('exit 0\n'), settings });
        const { author } = repository;
        const branches = ['one', 'two', 'three'];
        for (const branch of branches) {
          await author.git('checkout', '--quiet', '-b', branch);
          await author.push({ branch }, branch);
        }
        const [unscheduled, other, queued] = await Promise.all(
          branches.map(async (name) => await repository.start(name)),
        );
        if (unscheduled === undefined || other === undefined || queued === undefined) throw new Error('no runs');
        const waiting = await rig().until('one to wait for a volume', async () => {
          const all = await Promise.all([unscheduled, other, queued].map(async (run) => await run.look()));
          const found = all.find(({ waitReason }) => waitReason !== null);
          return found !== undefined && all.filter(({ state }) => state === 'starting').length === 2 && found;
        });
        const byId = [unscheduled, other, queued];
        const inQueue = byId.find(({ id }) => id === waiting.id) ?? queued;
        const starting = byId.filter(({ id }) => id !== waiting.id);
        await inQueue.cancel();
        expect(await inQueue.ended()).toMatchObject({ verdict: 'cancelled', attempt: 1 });
        for (const run of starting) {
          await waitsFor(run, /^Unschedulable$/);
          await run.cancel();
        }
        for (const run of starting) expect(await run.ended()).toMatchObject({ verdict: 'cancelled', attempt: 1 });
        // The volumes are free: the next one starts, and waits for its image.
        await repository.change({ cpu: null, buildImage: missing });
        const pulling = await repository.start('one');
        await waitsFor(pulling, /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull)$/);
        await pulling.cancel();
        const ended = await pulling.ended();
        expect(ended).toMatchObject({ verdict: 'cancelled', attempt: 1, code: 'cancelled' });
        // One that is over stays what it is.
        await pulling.cancel();
        expect((await pulling.look()).verdict).toBe('cancelled');
      });
    });
  },
  { job, watch: patience },
);
