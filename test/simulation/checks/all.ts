import { finalStatus } from './final-status.ts';
import { forksWait } from './forks-wait.ts';
import { limits } from './limits.ts';
import { newestStatusWins } from './newest-status-wins.ts';
import { noFalseGreen } from './no-false-green.ts';
import { noEndlessTries } from './no-endless-tries.ts';
import { noLostPush } from './no-lost-push.ts';
import { oneWriter } from './one-writer.ts';
import { toldOnce } from './told-once.ts';
import type { Check, Seen } from './seen.ts';

/** What must hold after every step, by the rule that it is. */
export const checks: Readonly<Record<string, Check>> = {
  'one-writer': oneWriter,
  'no-false-green': noFalseGreen,
  'newest-status-wins': newestStatusWins,
  'no-lost-push': noLostPush,
  'final-status': finalStatus,
  'no-endless-tries': noEndlessTries,
  'forks-wait': forksWait,
  limits,
  'told-once': toldOnce,
};

/** What breaks a rule, each with the rule's name before it. */
export function violations(seen: Seen): string[] {
  return Object.entries(checks).flatMap(([rule, check]) => check(seen).map((found) => `${rule}: ${found}`));
}
