import type { Draw } from './draw.ts';
import { type CallFate, callFates, type Faults } from './faults.ts';
import type { Gates, Waiting } from './gates.ts';
import type { Instances } from './instances.ts';
import type { Judge } from './judge.ts';

const minute = 60_000;
/** An API server ends a request after a minute: what it has not done by then it never does. */
const longestRequest = minute;
const longestLate = 3 * minute;
/** Calls after which something may be different. */
const changing =
  /\.(?:commit|update|write|writeStatus|comment|redeliver|acknowledge|createJob|ensure\w+|delete\w+|expireJob)$/;

export type Fates = Readonly<Record<CallFate, number>>;

/** What becomes of the calls that wait at the gates. */
export interface Calls {
  /** Lets one of them through, or not. @returns whether there was one */
  release(): boolean;
  /** Has one take effect that was given up before. @returns whether there was one */
  catchUp(): Promise<boolean>;
  /** When the next one takes effect that was given up. */
  nextLate(): number;
  /** Something else than a call has made a difference. */
  note(): void;
  /** Whether something may be different since it was last asked. */
  changed(): boolean;
  /** Numbers of the faults that happened. */
  readonly happened: readonly number[];
  /** How often each call had each fate. */
  readonly fates: ReadonlyMap<string, Fates>;
}

export function createCalls(options: {
  readonly gates: Gates;
  readonly faults: Faults;
  readonly instances: Instances;
  readonly judge: Judge;
  readonly draw: Draw;
  readonly now: () => number;
  readonly say: (who: string, what: string) => void;
}): Calls {
  const { gates, faults, instances, judge, draw, now, say } = options;
  const late: { readonly at: number; readonly what: string; readonly call: () => Promise<unknown> }[] = [];
  const happened: number[] = [];
  const fates = new Map<string, Record<CallFate, number>>();
  const state = { changed: true };

  // Nothing is waited for here: what is written may be a stream, whose reading waits at a gate in its turn.
  const pass = (chosen: Waiting, fate: CallFate, error: Error): void => {
    const { call, resolve, reject, gate, actor } = chosen;
    switch (fate) {
      case 'answered':
        call().then(resolve, reject);
        break;
      case 'fails-before':
        reject(error);
        break;
      case 'fails-after':
        call().then(() => {
          reject(error);
        }, reject);
        break;
      case 'hangs': {
        // Whoever asked gives up; what was asked for happens all the same, later.
        const after = 1 + draw.below(gate === 'cluster.createJob' ? longestRequest : longestLate);
        // A stream ends with whoever writes it.
        if (gate !== 'objects.write') late.push({ at: now() + after, what: `${gate} ${chosen.about}`, call });
        reject(error);
        break;
      }
      case 'dies-before':
        instances.kill(actor);
        break;
      case 'dies-after':
        call()
          .catch(() => undefined)
          .finally(() => {
            instances.kill(actor);
          });
        break;
    }
  };
  const count = (gate: string, fate: CallFate): void => {
    const counted = fates.get(gate) ?? { ...none };
    counted[fate] += 1;
    fates.set(gate, counted);
  };

  return {
    happened,
    fates,
    release() {
      const ready = gates.waiting.filter(({ until }) => until === null || until <= now());
      const chosen = draw.pick(ready);
      if (chosen === undefined) return false;
      gates.waiting.splice(gates.waiting.indexOf(chosen), 1);
      // A sleep does not fail.
      if (chosen.until !== null) {
        pass(chosen, 'answered', new Error('a sleep'));
        return true;
      }
      const { fate, number, error } = faults.fateOf(chosen.gate, now());
      if (number !== null) happened.push(number);
      count(chosen.gate, fate);
      say(chosen.actor.name, `${chosen.gate} ${chosen.about}${fate === 'answered' ? '' : `: ${fate.toUpperCase()}`}`);
      pass(chosen, fate, error);
      state.changed ||= changing.test(chosen.gate);
      return true;
    },
    async catchUp() {
      const index = late.findIndex(({ at }) => at <= now());
      const [one] = index === -1 ? [] : late.splice(index, 1);
      if (one === undefined) return false;
      say('late', one.what);
      await judge.takesEffect(async () => {
        await one.call().catch(() => undefined);
      });
      state.changed = true;
      return true;
    },
    nextLate: () => Math.min(...late.map(({ at }) => at)),
    note() {
      state.changed = true;
    },
    changed() {
      const was = state.changed;
      state.changed = false;
      return was;
    },
  };
}

const none = Object.fromEntries(callFates.map((fate) => [fate, 0])) as Record<CallFate, number>;
