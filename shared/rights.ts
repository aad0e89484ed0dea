/** Whoever has an identity of their own in an installation. */
export type FunctionName = 'webhook' | 'scheduler' | 'watcher' | 'dashboard';

interface KeyRights {
  readonly encrypt: readonly FunctionName[];
  readonly decrypt: readonly FunctionName[];
}

/**
 * Which function may do what with each key of Cloud KMS: nobody who faces people opens anything, and nobody who opens seals. The
 * stand-in of the local system refuses everything else, and the table of `docs/security.md` is held to this one.
 */
export const keyRights = {
  hooks: { encrypt: ['dashboard'], decrypt: ['webhook'] },
  credentials: { encrypt: ['dashboard'], decrypt: ['scheduler', 'watcher'] },
} as const satisfies Readonly<Record<string, KeyRights>>;
export type KeyName = keyof typeof keyRights;

/** What is asked of the cluster's API, in the namespace of builds. Verbs are those of its RBAC. */
export interface ClusterRule {
  readonly group: '' | 'batch';
  readonly resource: 'jobs' | 'pods' | 'events' | 'secrets' | 'persistentvolumeclaims';
  readonly verbs: readonly ('get' | 'list' | 'create' | 'patch' | 'delete')[];
}

/**
 * What each function may do in the namespace of builds. Nobody reads Secrets: the scheduler makes one for an attempt and never looks at
 * it again. A Job is ended by a patch of its deadline, never deleted; a Pod that is over is, where it keeps a disk that shall go.
 */
export const clusterRights = {
  scheduler: [
    { group: 'batch', resource: 'jobs', verbs: ['create', 'get'] },
    { group: '', resource: 'pods', verbs: ['list', 'delete'] },
    { group: '', resource: 'events', verbs: ['list'] },
    { group: '', resource: 'secrets', verbs: ['create'] },
    { group: '', resource: 'persistentvolumeclaims', verbs: ['create', 'get', 'delete'] },
  ],
  watcher: [
    { group: 'batch', resource: 'jobs', verbs: ['get', 'list', 'patch'] },
    { group: '', resource: 'pods', verbs: ['get', 'list'] },
    { group: '', resource: 'events', verbs: ['list'] },
  ],
} as const satisfies Readonly<Partial<Record<FunctionName, readonly ClusterRule[]>>>;

/** Which functions reach which of the two databases. */
export const databaseRights = {
  main: ['scheduler', 'watcher', 'dashboard'],
  hooks: ['webhook', 'dashboard'],
} as const satisfies Readonly<Record<string, readonly FunctionName[]>>;
