import type { Seen } from './seen.ts';

/** What its author can cause is tried once: a Job that its own deadline ended has no other attempt after it. */
export function noEndlessTries({ runs, jobs }: Pick<Seen, 'runs' | 'jobs'>): readonly string[] {
  const attempts = new Map(runs.map(({ id, attempt }) => [id, attempt]));
  return jobs.flatMap(({ order, job }) => {
    // One second is how a Job is told to end.
    const isOwn = job.reason === 'DeadlineExceeded' && job.activeDeadlineSeconds !== 1;
    if (order.kind !== 'attempt' || !isOwn || (attempts.get(order.run.id) ?? 0) <= order.run.attempt) return [];
    return [`the deadline of ${order.name} had passed, and its run has another attempt`];
  });
}
