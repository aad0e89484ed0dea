import type { FailedTry } from './redelivery.ts';

/** How it goes with what GitHub calls: what is null never was, or is not known. */
export interface HookHealth {
  /** Since when its newest secret is known here. */
  readonly secretAt: Date | null;
  readonly lastPingAt: Date | null;
  readonly lastDeliveryAt: Date | null;
  readonly lastFailure: FailedTry | null;
  /** When GitHub was last asked what became of deliveries. */
  readonly checkedAt: Date | null;
  /** Deliveries that it was asked to make again then. */
  readonly redelivered: number;
  /** When it is asked next: by the first tick after. */
  readonly nextCheckAt: Date | null;
  /** Why it could not say, or cannot be asked. */
  readonly problem: string | null;
}

/** A line for people: what it is about, when that was, and what there is to say beside it, or instead. */
export interface HookLine {
  readonly what: string;
  readonly at: Date | null;
  readonly words: string;
}

/** What page and terminal say of a hook, in this order. */
export function hookLines(health: HookHealth, now: Date): readonly HookLine[] {
  const { lastFailure, checkedAt, redelivered, nextCheckAt, problem } = health;
  const isDue = nextCheckAt !== null && nextCheckAt <= now;
  const asked = [
    ...(checkedAt === null && problem === null ? ['not yet'] : []),
    ...(redelivered > 0 ? [`makes ${redelivered === 1 ? '1 delivery' : `${redelivered} deliveries`} again`] : []),
    ...(problem === null ? [] : [problem]),
    ...(isDue ? ['is asked within a minute'] : []),
  ];
  const line = (what: string, at: Date | null, never: string): HookLine => ({
    what,
    at,
    words: at === null ? never : '',
  });
  return [
    line('Secret', health.secretAt, 'none is known here'),
    line('Last ping', health.lastPingAt, 'none has come'),
    line('Last delivery', health.lastDeliveryAt, 'GitHub tells of none'),
    lastFailure === null
      ? line('Last failure', null, 'GitHub tells of none')
      : { what: 'Last failure', at: lastFailure.at, words: answerWords(lastFailure.statusCode) },
    { what: 'GitHub was asked', at: checkedAt, words: asked.join('; ') },
  ];
}

function answerWords(statusCode: number): string {
  return statusCode === 0 ? 'nothing was answered' : `${statusCode} was answered`;
}
