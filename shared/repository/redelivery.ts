import type { HookDelivery } from '../outside/github.ts';

const minute = 60_000;
/** GitHub delivers again what is not older (https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks). */
export const redeliveryMilliseconds = 3 * 24 * 60 * minute;
/** After the first try, since one that is under way may still succeed; five times as long after each further one: an outage may last. */
const firstPause = minute;
const longestPause = 12 * 60 * minute;
const mostAtOnce = 50;

/** Answers after which the same delivery may succeed: silence, an error of ours, or a refusal that a late key or a limit explains. */
function maySucceed(statusCode: number): boolean {
  return statusCode < 200 || statusCode >= 500 || [401, 408, 429].includes(statusCode);
}

function succeeded(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/**
 * Which deliveries GitHub is to be asked to make again: of each that never succeeded the last try, oldest first. GitHub does not do so
 * by itself. Pure. @param all of one hook, in any order
 */
export function toRedeliver(all: readonly HookDelivery[], now: Date): HookDelivery[] {
  const byGuid = Map.groupBy(all, ({ guid }) => guid);
  return [...byGuid.values()]
    .flatMap((tries) => {
      const newest = tries.reduce((left, right) => (right.deliveredAt > left.deliveredAt ? right : left));
      const age = now.getTime() - newest.deliveredAt.getTime();
      const isOver = tries.some(({ statusCode }) => succeeded(statusCode));
      const pause = Math.min(firstPause * 5 ** Math.min(tries.length - 1, 10), longestPause);
      const isDue = age >= pause && age < redeliveryMilliseconds;
      return !isOver && isDue && maySucceed(newest.statusCode) ? [newest] : [];
    })
    .sort((left, right) => left.deliveredAt.getTime() - right.deliveredAt.getTime())
    .slice(0, mostAtOnce);
}

/** A try that did not come through: `statusCode` is what was answered, 0 where nothing was. */
export interface FailedTry {
  readonly at: Date;
  readonly statusCode: number;
}

/** The newest try that failed, whatever came of the delivery later; null if none did. */
export function lastFailed(all: readonly HookDelivery[]): FailedTry | null {
  const [newest] = all
    .filter(({ statusCode }) => !succeeded(statusCode))
    .toSorted((left, right) => right.deliveredAt.getTime() - left.deliveredAt.getTime());
  return newest === undefined ? null : { at: newest.deliveredAt, statusCode: newest.statusCode };
}

/** When a delivery last came through; null if none did. */
export function lastDelivered(all: readonly HookDelivery[]): Date | null {
  const times = all.filter(({ statusCode }) => succeeded(statusCode)).map(({ deliveredAt }) => deliveredAt.getTime());
  return times.length === 0 ? null : new Date(Math.max(...times));
}
