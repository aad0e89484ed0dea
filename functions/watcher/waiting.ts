import type { PodView } from '../../shared/outside/cluster.ts';
import { hasEnded } from '../../shared/volume/writer.ts';
import type { PodLoss } from '../../shared/run/pod-loss.ts';
import { type VerdictCode, containerReasonTable } from '../../shared/run/verdict-table.ts';

/** How long a Pod may take before its containers run. */
export interface Patience {
  /** For an image that does not come. A registry may be away for a moment. */
  readonly imageSeconds: number;
  /** For a node, a volume and the rest. New nodes take minutes; a disk of a node that is lost, six. */
  readonly startSeconds: number;
}

/** These are never mended by waiting. */
const final = new Set<VerdictCode>(['image-invalid', 'image-unusable']);
const neverPulled = 'ErrImageNeverPull';

/**
 * Whether waiting for a Pod makes no sense any more; null while it does, and for one that works. Pure.
 * @param waitedSeconds since its Job was made
 */
export function hopeless(options: {
  readonly pod: PodView | null;
  /** Why the Pod is not made, in the cluster's words, if it said so. */
  readonly podProblem: string | null;
  readonly mountProblem: string | null;
  readonly waitedSeconds: number;
  readonly patience: Patience;
}): PodLoss | null {
  const { pod, waitedSeconds, patience } = options;
  if (pod === null) return isRefused(options) ? { code: 'pod-refused', detail: options.podProblem } : null;
  if (hasEnded(pod) || pod.deleting) return null;
  const { courier, checkout, build } = pod.containers;
  for (const container of [courier, checkout, build]) {
    if (container?.state !== 'waiting') continue;
    const code = containerReasonTable.get(container.reason ?? '');
    if (code === undefined) continue;
    const allowed = code.startsWith('image-') ? patience.imageSeconds : patience.startSeconds;
    const now = final.has(code) || container.reason === neverPulled || waitedSeconds >= allowed;
    return now ? { code, detail: container.message ?? container.reason } : null;
  }
  if (waitedSeconds < patience.startSeconds) return null;
  if (!pod.scheduled) return { code: 'not-scheduled', detail: pod.unschedulable };
  if (options.mountProblem !== null) return { code: 'volume-not-mounted', detail: options.mountProblem };
  const began = [courier, checkout, build].some((container) => container !== null && container.state !== 'waiting');
  return began ? null : { code: 'not-started', detail: null };
}

/** Others who hold what a quota counts may be at their end. */
export const podPatienceSeconds = 300;

function isRefused({
  podProblem,
  waitedSeconds,
}: {
  readonly podProblem: string | null;
  readonly waitedSeconds: number;
}): boolean {
  return podProblem !== null && waitedSeconds >= podPatienceSeconds;
}
