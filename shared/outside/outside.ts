import type { Clock } from './clock.ts';
import type { Cluster } from './cluster.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Documents } from './documents.ts';
import type { GitHub } from './github.ts';
import type { HookDocuments } from './hooks.ts';
import type { Keys } from './keys.ts';
import type { Log } from './log.ts';
import type { ObjectStore } from './objects.ts';
import type { Publisher } from './publisher.ts';
import type { Random } from './random.ts';
import type { Signer } from './signer.ts';

/** Everything outside of the functions. Each function takes the part of it that it may reach, and no other. */
export interface Outside {
  readonly documents: Documents;
  /** The database of the hooks, to who registers repositories. */
  readonly hookDocuments: Documents;
  /** The same database to the webhook. */
  readonly hooks: HookDocuments;
  readonly objects: ObjectStore;
  /** In the name of the account that may upload an attempt's objects. */
  readonly signer: Signer;
  readonly publisher: Publisher;
  /** To who plays them again. */
  readonly deadLetters: DeadLetters;
  readonly cluster: Cluster;
  readonly github: GitHub;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
