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
