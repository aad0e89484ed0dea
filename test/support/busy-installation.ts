import { signalName } from '../../shared/attempt/layout.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { Run } from '../../shared/run/run.ts';
import { readRun } from '../../shared/store/runs.ts';
import { createInstallation } from '../world/installation.ts';
import { registerSample } from './sample-repository.ts';
import { sampleResult } from './sample-result.ts';
import { noon, sampleRequest, sampleRunId, sampleSha } from './sample-run.ts';

/** Owners of repositories, each with some of them, and what an installation lets them do at once. */
export interface Busy {
  readonly customers: readonly { readonly id: string; readonly weight?: number; readonly runs?: number }[];
  readonly repositoriesEach: number;
  readonly volumesEach: number;
  readonly runs?: number;
  readonly runsOfCustomer?: number;
  readonly waitingOfCustomer?: number;
  readonly pushesOfCustomer?: number;
}

function limit(name: string, value: number | undefined): Readonly<Record<string, string>> {
  return value === undefined ? {} : { [name]: String(value) };
}

/** An installation with many owners, whose Jobs all take equally long and end one after another. */
export async function createBusyInstallation<Store extends Documents>(documents: Store, busy: Busy) {
  const agreed = busy.customers.map(({ id, ...words }) => [id, words] as const);
  const here = createInstallation({
    documents,
    variables: {
      ...limit('YB_MAX_RUNS', busy.runs),
      ...limit('YB_MAX_RUNS_OF_CUSTOMER', busy.runsOfCustomer),
      ...limit('YB_MAX_WAITING_OF_CUSTOMER', busy.waitingOfCustomer),
      ...limit('YB_MAX_PUSHES_OF_CUSTOMER', busy.pushesOfCustomer),
      YB_CUSTOMERS: JSON.stringify(Object.fromEntries(agreed)),
    },
  });
  const repositories = busy.customers.flatMap(({ id: customer }, row) =>
    Array.from({ length: busy.repositoriesEach }, (_, count) => ({
      id: String(1000 * (row + 1) + count),
      customer,
    })),
  );
  for (const { id, customer } of repositories)
    await registerSample(here, { id, customer, volumes: busy.volumesEach, fullName: `of/${id}` });
  const customerOf = new Map(repositories.map(({ id, customer }) => [id, customer]));
  /** Jobs that nobody has ended yet, oldest first. */
  const going = () =>
    [...here.cluster.jobs.values()].flatMap((job) => {
      const order = here.cluster.orders.get(job.name);
      return job.terminal === null && order?.kind === 'attempt' ? [{ job, order }] : [];
    });
  const allRuns = async (): Promise<Run[]> =>
    (await documents.query({ collection: 'runs', where: [], limit: 10_000 })).map(({ data }) => Run.parse(data));
  return {
    ...here,
    repositories,
    going,
    allRuns,
    customerOf: (repoId: string) => customerOf.get(repoId) ?? '',
    /** A push, as many seconds after the first as its number says. */
    request(number: number, repoId: string) {
      const at = new Date(noon.getTime() + number * 1000).toISOString();
      const ids = { runId: sampleRunId(number), sha: sampleSha(number) };
      return sampleRequest({ ...ids, repoId, pushedAt: at, requestedAt: at });
    },
    /** How many Jobs each customer has. */
    shares() {
      const counts = new Map<string, number>();
      for (const { order } of going()) {
        const customer = customerOf.get(order.run.repoId) ?? '';
        counts.set(customer, (counts.get(customer) ?? 0) + 1);
      }
      return counts;
    },
    /** The Job that goes on for the longest passes. @returns whose it was; null if there is none */
    async passOldest(): Promise<{ readonly repoId: string; readonly runId: string } | null> {
      const [oldest] = going();
      if (oldest === undefined) return null;
      const { run: ref } = oldest.order;
      const run = await readRun(documents, ref.id);
      const at = here.clock.now();
      const epoch = run?.value.lease?.epoch ?? 0;
      const result = sampleResult({ runId: ref.id, attempt: ref.attempt, epoch, at });
      here.objects.put(signalName({ runId: ref.id, attempt: ref.attempt }, 'result'), JSON.stringify(result));
      here.cluster.end(oldest.job.name, { terminal: 'Complete' });
      await here.handle({ v: 1, type: 'job.finished', jobUid: oldest.job.uid });
      return { repoId: ref.repoId, runId: ref.id };
    },
  };
}
