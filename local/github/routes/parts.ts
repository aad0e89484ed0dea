import type { Clock } from '../../../shared/outside/clock.ts';
import type { Random } from '../../../shared/outside/random.ts';
import type { Caller } from '../caller.ts';
import type { Deliveries } from '../events/deliveries.ts';
import type { Events } from '../events/events.ts';
import type { MakeFirstCommit } from '../git/first-commit.ts';
import type { History } from '../git/history.ts';
import type { Repositories } from '../git/repositories.ts';
import type { Store } from '../store.ts';
import type { Urls } from '../views/urls.ts';

/** What the routes are made of. */
export interface Parts {
  readonly store: Store;
  readonly repositories: Repositories;
  readonly firstCommit: MakeFirstCommit;
  readonly history: History;
  readonly events: Events;
  readonly deliveries: Deliveries;
  readonly urls: Urls;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a middleware finds out for every route. */
export interface RouteEnv {
  Variables: { caller: Caller | null };
}
