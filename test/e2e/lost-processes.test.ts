import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { clusterRepository, inPlaceOfBazel, oneTest } from '../support/cluster-runs.ts';
import { inCluster } from '../support/local-system.ts';
import { usePodFaults } from '../support/pod-faults.ts';

const mebibyte = 1024 ** 2;
/** Beside the log, the folder of a run holds this much. */
const besideTheLog = 2 * 1024 ** 3;
const job = { YB_JOB_CPU: '50m', YB_JOB_MEMORY: '1536Mi', YB_MAX_LOG_BYTES: String(16 * mebibyte) };
/** Reads a line that never ends. */
const eatsMemory = 'tail /dev/zero\n';

inCluster(
  (rig) => {
    const faults = usePodFaults(() => rig().system.namespace);
    const podOf = async (run: { readonly id: string }, attempt: number): Promise<V1Pod> =>
      await rig().until('the Pod', async () => await faults.pod({ id: run.id, attempt }));
    const containerOf = (pod: V1Pod, name: string) =>
      [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
        (status) => status.name === name,
      );
    /** As the node's processes name it. */
    const idOf = (pod: V1Pod, name: string): string =>
      /[0-9a-f]{64}$/.exec(containerOf(pod, name)?.containerID ?? '')?.[0] ?? 'no container';
    const courierOf = (run: { readonly id: string }, attempt: number): string =>
      `"runId":"${run.id}","attempt":${attempt},`;

    describe('a process', { concurrent: true, timeout: 600_000 }, () => {
      it('of the courier that is killed every time costs the attempt, also where all tests pass', async () => {
        // The third attempt has the first one's volume, and would have its result from there.
        const files = oneTest('sleep 15\nexit 0\n', { '.bazelrc': 'test --nocache_test_results\n' });
        const repository = await clusterRepository(rig(), { name: 'no-courier', files });
        const run = await repository.start();
        const stop = await faults.keepKilling({ program: 'courier.mjs', of: `"runId":"${run.id}"`, sparedSeconds: 12 });
        const ended = await run.ended();
        await stop();
        expect(ended).toMatchObject({ verdict: 'infrastructure', attempt: 3, log: { complete: false } });
        expect(ended.codes).toEqual(['courier-died', 'courier-died', 'courier-died']);
        // What was carried is kept; though it may be all of it, nobody knows, and the page says so.
        expect(ended.text).toContain('yb: Bazel');
        expect(ended.page).toContain('The log ends here; what came after was not kept.');
      });

      it('of the checkout, the build and the courier killed once: each costs its attempt, but for the courier', async () => {
        const files = oneTest('sleep 25\nexit 0\n');
        const repository = await clusterRepository(rig(), { name: 'killed', files });
        const killed = await faults.lieInWait({ program: 'checkout.mjs', of: '"fullName":"demo/killed"' });
        const run = await repository.start();
        await killed.done;
        await run.says(2, 'Analyzed');
        await faults.lieInWait({ program: 'build.sh', of: idOf(await podOf(run, 2), 'build') });
        await run.says(3, 'Analyzed');
        await faults.lieInWait({ program: 'courier.mjs', of: courierOf(run, 3) });
        const ended = await run.ended();
        expect(ended).toMatchObject({ verdict: 'passed', attempt: 3, log: { complete: true } });
        expect(ended.codes).toEqual(['checkout-failed', 'result-missing', 'passed']);
        expect(ended.pastAttempts[1]?.reason).toBe('The build was killed (exit code 137), and nobody had asked for it');
        expect(containerOf(await podOf(run, 3), 'courier')?.restartCount).toBe(1);
        // One log, with what was said before and after.
        expect(ended.text).toMatch(/Analyzed[^]*Executed 1 out of 1 test/);
        expect(ended.text.match(/Analyzed/g)).toHaveLength(1);
      });

      it('that ends the build from inside, with exit code 0, proves nothing', async () => {
        const bazel = inPlaceOfBazel('trap "exit 0" TERM\nkill -TERM 1\nsleep 60 &\nwait\n');
        const repository = await clusterRepository(rig(), {
          name: 'hostile',
          files: oneTest('exit 0\n', { 'tools/bazel': bazel }),
          executable: 'tools/bazel',
        });
        const ended = await (await repository.start()).ended();
        expect(ended).toMatchObject({ verdict: 'infrastructure', attempt: 3 });
        expect(ended.codes).toEqual(['unproved', 'unproved', 'unproved']);
        expect(ended.status.description).toContain('exit code 0');
      });

      it.each([
        ['one process of the build', eatsMemory],
        ['the whole build', `echo 1000 > /proc/1/oom_score_adj\n${eatsMemory}`],
      ])('over the memory limit, for which the kernel kills %s, is the author’s', async (what, script) => {
        const name = what.replaceAll(' ', '-');
        const settings = { memory: '700Mi' };
        const ended = await (
          await (await clusterRepository(rig(), { name, files: oneTest(script), settings })).start()
        ).ended();
        expect(ended).toMatchObject({ verdict: 'broken', attempt: 2 });
        expect(ended.codes).toEqual(['out-of-memory', 'out-of-memory']);
        expect(ended.status.description).toContain('Out of memory (limit 700 MiB)');
      });

      it('that fills the folder of its run has its Pod evicted, and the limit is named', async () => {
        const bytes = besideTheLog + 80 * mebibyte;
        const files = oneTest(`fallocate -l ${bytes} /run/yb/filled && sleep 200\n`);
        const run = await (await clusterRepository(rig(), { name: 'filled', files })).start();
        // The kubelet measures once a minute: one attempt of the two is waited for.
        await rig().until('the eviction', async () => (await run.look()).attempt === 2, 300);
        await run.cancel();
        const ended = await run.ended();
        expect(ended.codes).toEqual(['storage-exceeded', 'cancelled']);
        expect(ended.pastAttempts[0]?.verdict).toBe('broken');
        expect(ended.pastAttempts[0]?.reason).toMatch(/more outside of its volume than a Pod may: .*"run"/);
      });
    });
  },
  { job, watch: { YB_RETRY_PAUSES: '1,2' } },
);
