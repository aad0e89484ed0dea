import { type VerdictCode, containerReasonTable, podReasonTable } from './verdict-table.ts';

interface Words {
  readonly reason: string | null;
  readonly message?: string | null;
}

/** What tells of a Pod's end. */
export interface EndingPod extends Words {
  readonly deleting: boolean;
  readonly disruption: Words | null;
}

/** A cause of the verdict table, and the cluster's own words, where it has some. */
export interface PodLoss {
  readonly code: VerdictCode;
  readonly detail: string | null;
}

/** What takes a Pod away; null for one that nothing has taken. Pure. */
export function lossOf(pod: EndingPod): PodLoss | null {
  const { reason, disruption } = pod;
  const code = podReasonTable.get(reason ?? '') ?? podReasonTable.get(disruption?.reason ?? '');
  const detail = disruption?.message ?? pod.message ?? null;
  if (code !== undefined) return { code, detail };
  if (disruption !== null) return { code: 'disrupted', detail: detail ?? disruption.reason };
  return pod.deleting ? { code: 'pod-gone', detail: null } : null;
}

/** Why one of these containers never ran, by what the kubelet says of it; null if it says no such thing. Pure. */
export function neverStarted(containers: readonly (Words | null | undefined)[]): PodLoss | null {
  for (const container of containers) {
    const code = containerReasonTable.get(container?.reason ?? '');
    if (code !== undefined) return { code, detail: container?.message ?? null };
  }
  return null;
}
