import { type Claim, type Pod, podFinished } from './objects.ts';

/**
 * Why a Pod can not be placed on the node, in the scheduler's words; null if it can. A claim with the access mode
 * `ReadWriteOncePod` is given to one Pod at a time.
 */
export function unschedulableReason(
  pod: Pod,
  cluster: { readonly pods: readonly Pod[]; readonly claim: (name: string) => Claim | undefined },
): string | null {
  const none = '0/1 nodes are available:';
  for (const name of claimsOf(pod)) {
    const claim = cluster.claim(name);
    if (claim === undefined) return `${none} persistentvolumeclaim "${name}" not found.`;
    if (claim.metadata.deletionTimestamp !== undefined) {
      return `${none} persistentvolumeclaim "${name}" is being deleted.`;
    }
    if (
      isExclusive(claim) &&
      claimUsers(cluster.pods, name).some(({ metadata }) => metadata.uid !== pod.metadata.uid)
    ) {
      return `${none} 1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode.`;
    }
  }
  return null;
}

/** The claims that a Pod mounts. */
export function claimsOf(pod: Pod): readonly string[] {
  return (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName],
  );
}

/** The placed Pods that hold a claim: until they are over, whatever was asked of them. */
export function claimUsers(pods: readonly Pod[], claim: string): readonly Pod[] {
  return pods.filter((pod) => isPlaced(pod) && !podFinished(pod) && claimsOf(pod).includes(claim));
}

export function isPlaced(pod: Pod): boolean {
  return pod.spec.nodeName !== undefined;
}

export function isExclusive(claim: Claim): boolean {
  return claim.spec.accessModes.includes('ReadWriteOncePod');
}
