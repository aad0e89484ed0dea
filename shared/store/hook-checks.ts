import * as z from 'zod';
import { RepoId } from '../ids.ts';
import type { Documents, Write } from '../outside/documents.ts';
import { ask, byNow } from './queries.ts';
import { commitChange, creationOf, saveStored, type Stored, stored, storedOrNull } from './record.ts';

/** `hookChecks/{repoId}`: when GitHub is asked next what became of its deliveries, and what it said last. */
export const HookCheck = z.object({
  repoId: RepoId,
  dueAt: z.date(),
  checkedAt: z.date().nullable(),
  /** When GitHub last saw one come through. */
  lastDeliveryAt: z.date().nullable(),
  /** The newest try that did not, and what was answered: 0 where nothing was. Older documents say nothing of it. */
  lastFailure: z.object({ at: z.date(), statusCode: z.int() }).nullable().default(null),
  /** Deliveries that GitHub was asked to make again at the last look. */
  redelivered: z.number().int(),
  /** Why GitHub could not be asked, for people. */
  problem: z.string().nullable(),
});
export type HookCheck = z.output<typeof HookCheck>;

function path(repoId: string): string {
  return `hookChecks/${repoId}`;
}

export async function readHookCheck(documents: Documents, repoId: string): Promise<Stored<HookCheck> | null> {
  const [snapshot] = await documents.get([path(repoId)]);
  return storedOrNull(HookCheck, snapshot);
}

/** The write that has a repository's hook looked at from now on. */
export function newHookCheck(repoId: string, now: Date): Write {
  const none = { checkedAt: null, lastDeliveryAt: null, lastFailure: null, redelivered: 0, problem: null };
  return creationOf(HookCheck, path(repoId), { repoId, dueAt: now, ...none });
}

/** Has a repository's hook be looked at by the next tick, if it is not to be already. @throws YbError `conflict` */
export async function hurryHookCheck(documents: Documents, repoId: string, now: Date): Promise<void> {
  const check = await readHookCheck(documents, repoId);
  if (check === null) await commitChange(documents, [newHookCheck(repoId, now)]);
  else if (check.value.dueAt > now) await saveHookCheck(documents, check, { ...check.value, dueAt: now });
}

/** Those that are due by now, longest due first. */
export async function dueHookChecks(documents: Documents, now: Date, limit: number): Promise<Stored<HookCheck>[]> {
  const found = await ask(documents, 'dueHookChecks', { equal: {}, before: byNow(now), limit });
  return found.map((snapshot) => stored(HookCheck, snapshot));
}

/** @throws YbError `conflict` if somebody else was faster */
export async function saveHookCheck(
  documents: Documents,
  before: Stored<HookCheck>,
  next: HookCheck,
): Promise<Stored<HookCheck>> {
  return await saveStored(documents, { schema: HookCheck, before, next });
}

export async function deleteHookCheck(documents: Documents, check: Stored<HookCheck>): Promise<void> {
  await documents.commit([{ type: 'delete', path: check.path, version: check.version }]);
}
