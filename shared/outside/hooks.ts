/** The documents of hooks, which are all that a webhook reaches of the database. */
export interface HookDocuments {
  /** The fields of a hook's document; null if there is none. @throws YbError `store-unavailable` */
  get(hookKey: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** Replaces fields of a hook that is there. @throws YbError `store-unavailable` */
  update(hookKey: string, fields: Readonly<Record<string, Date>>): Promise<void>;
}
