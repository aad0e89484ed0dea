import { isTrusted } from '../../../shared/run/trust.ts';
import type { Check } from './seen.ts';

/** What a fork sends runs after somebody has allowed it, is given nothing that is secret, and no disk that another run has or gets. */
export const forksWait: Check = ({ runs, jobs, volumes }) => {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return [
    ...jobs.flatMap(({ order }) => {
      if (order.kind !== 'attempt') return [];
      const run = byId.get(order.run.id);
      if (run === undefined || isTrusted(run.trust)) return [];
      return [
        ...(run.approval === null ? [`${order.name} runs what nobody has allowed`] : []),
        ...(order.secrets.length > 0 ? [`${order.name} of a fork is given secrets`] : []),
      ];
    }),
    ...volumes
      .filter(({ volume: { trust, epoch } }) => !isTrusted(trust) && epoch > 1)
      .map(({ repoId, volume }) => `volume ${volume.index} of ${repoId} is used again after a fork`),
    ...volumes
      .filter(({ volume }) => volume.holder !== null && byId.get(volume.holder.runId)?.trust !== volume.trust)
      .filter(({ volume }) => byId.has(volume.holder?.runId ?? ''))
      .map(({ repoId, volume }) => `volume ${volume.index} of ${repoId} is held by a run of another trust`),
  ];
};
