/**
 * How long things are kept. A run, its history and its log go together: a link in an old status leads to all of it or to a
 * page that says that it is gone.
 */
export const retention = {
  /** Of a run's document (Firestore's TTL by `expireAt`) and of its objects in the log bucket (its lifecycle rule). */
  runDays: 90,
  /** Of the entries of a repository's audit trail (TTL by `expireAt`). */
  auditDays: 400,
  /** Of a volume's disk that no run uses: then it is given back, and the next run has an empty one. */
  idleVolumeDays: 30,
} as const;
