import type { createDashboard } from '../../functions/dashboard/dashboard.tsx';
import type { Answer, Incoming } from '../../functions/webhook/webhook.ts';
import type { PushedEvent } from '../../shared/messages/event-handler.ts';
import { allTopics, type Subscriber, topics } from '../../shared/messages/topics.ts';
import { makersOf, type World } from '../world/installation.ts';
import { eventOf } from '../world/publisher.ts';
import type { Draw } from './draw.ts';
import type { Actor, Gates } from './gates.ts';
import type { Letter } from './mail.ts';
import { bounds } from './story.ts';

type Name = 'webhook' | 'dashboard' | Subscriber;

/** An instance of a function: what it remembers dies with it, and so does all that it is doing. */
interface Instance {
  dead: boolean;
  readonly name: Name;
  readonly number: number;
  readonly handle: {
    readonly webhook?: (incoming: Incoming) => Promise<Answer>;
    readonly dashboard?: ReturnType<typeof createDashboard>;
    readonly event?: (event: PushedEvent) => Promise<void>;
  };
}

/** The functions, as often as the cloud has started them. */
export interface Instances {
  readonly actors: readonly Actor[];
  /** Hands a letter to its subscriber. @param ended what became of it: acknowledged or not */
  deliver(letter: Letter, ended: (acknowledged: boolean) => void): Actor;
  /** @param answered null if the instance died */
  receive(incoming: Incoming, answered: (answer: Answer | null) => void): Actor;
  /** @param answered null if the instance died */
  ask(path: string, init: RequestInit, answered: (response: Response | null) => void): Actor;
  /** Everything that the actor's instance is doing ends here. */
  kill(actor: Actor): void;
}

/** So many instances of a function at most at once. */
const most = 2;

export function createInstances(options: {
  readonly world: World;
  readonly gates: Gates;
  readonly draw: Draw;
}): Instances {
  const { world, gates, draw } = options;
  const variables = {
    YB_MAX_RUNS: String(bounds.runs),
    YB_MAX_RUNS_OF_CUSTOMER: String(bounds.runsOfCustomer),
    YB_CUSTOMERS: '{"8":{"weight":2}}',
  };
  const make = makersOf(world, { variables });
  const outside = gates.outside(world);
  const running = new Map<Name, Instance[]>();
  const actors = new Map<Actor, () => void>();
  const made = { instances: 0 };

  const start = (name: Name): Instance => {
    made.instances += 1;
    const handle =
      name === 'webhook'
        ? { webhook: make.webhook(outside) }
        : name === 'dashboard'
          ? { dashboard: make.dashboard(outside).app }
          : { event: make[name](outside) };
    return { dead: false, name, number: made.instances, handle };
  };
  const instanceOf = (name: Name): Instance => {
    const some = running.get(name) ?? [];
    const other = draw.pick(some);
    if (other !== undefined && (some.length >= most || draw.chance(0.7))) return other;
    const fresh = start(name);
    running.set(name, [...some, fresh]);
    return fresh;
  };
  /** Runs one handling; `ended` hears of its end once, and of a death as a failure. */
  const act = <Result>(
    instance: Instance,
    work: () => Promise<Result>,
    ended: (result: { readonly value: Result } | null) => void,
  ): Actor => {
    const actor: Actor = { name: `${instance.name}#${instance.number}`, instance, over: false };
    const end = (result: { readonly value: Result } | null): void => {
      if (actor.over) return;
      actor.over = true;
      actors.delete(actor);
      ended(result);
    };
    actors.set(actor, () => {
      end(null);
    });
    gates.run(actor, work).then(
      (value) => {
        end({ value });
      },
      () => {
        end(null);
      },
    );
    return actor;
  };

  return {
    get actors() {
      return [...actors.keys()];
    },
    deliver({ message }, ended) {
      const topic = allTopics.find((one) => one === message.topic);
      if (topic === undefined) throw new Error(`a letter to nobody: ${message.topic}`);
      const instance = instanceOf(topics[topic].subscriber);
      return act(
        instance,
        async () => await instance.handle.event?.(eventOf(message)),
        (result) => {
          ended(result !== null);
        },
      );
    },
    receive(incoming, answered) {
      const instance = instanceOf('webhook');
      return act(
        instance,
        async () => (await instance.handle.webhook?.(incoming)) ?? null,
        (result) => {
          answered(result?.value ?? null);
        },
      );
    },
    ask(path, init, answered) {
      const instance = instanceOf('dashboard');
      return act(
        instance,
        async () => (await instance.handle.dashboard?.request(path, init)) ?? null,
        (result) => {
          answered(result?.value ?? null);
        },
      );
    },
    kill({ instance }) {
      instance.dead = true;
      for (const [name, some] of running)
        running.set(
          name,
          some.filter((one) => one !== instance),
        );
      // Nothing that it waits for is answered any more.
      const left = gates.waiting.filter(({ actor }) => actor.instance !== instance);
      gates.waiting.splice(0, gates.waiting.length, ...left);
      for (const [actor, die] of actors) if (actor.instance === instance) die();
    },
  };
}
