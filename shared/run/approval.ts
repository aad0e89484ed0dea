import * as z from 'zod';
import { isOrder, type Trigger } from './trigger.ts';
import { isTrusted, type TrustClass, trustOf } from './trust.ts';

/** Somebody who may write to the repository let a commit of a fork run: one run of one commit of one pull request. */
export const Approval = z.object({ by: z.string(), at: z.date() });
export type Approval = z.output<typeof Approval>;

/** Whether somebody is to be asked before it runs: anybody may send a pull request, and what it builds costs machines. */
export function needsApproval(run: { readonly trust: TrustClass; readonly approval: Approval | null }): boolean {
  return !isTrusted(run.trust) && run.approval === null;
}

/** Who asks for a commit to be run again may write to the repository, and so lets it run. */
export function approvalIn(request: { readonly ref: string; readonly trigger: Trigger }, now: Date): Approval | null {
  const { actor } = request.trigger;
  return isOrder(request.trigger) && !isTrusted(trustOf(request.ref)) ? { by: actor ?? 'somebody', at: now } : null;
}

/** Why a run waits for that, for people. */
export const approvalReason = 'waits until somebody with write access allows this commit of a fork';

/** So long somebody may let a fork's commit run; then the run is over. */
export const approvalDays = 14;

/** Until when a run waits for somebody to let it run. */
export function approvalEnds({ createdAt }: { readonly createdAt: Date }): Date {
  return new Date(createdAt.getTime() + approvalDays * 86_400_000);
}

/** The number of the pull request whose head the ref is; null for every other ref. */
export function pullOf(ref: string): number | null {
  const [, number] = /^refs\/pull\/([1-9]\d{0,9})\/head$/.exec(ref) ?? [];
  return number === undefined ? null : Number(number);
}

/** The ref under which GitHub keeps the newest commit of a pull request, in the repository that it is sent to. */
export function refOfPull(number: number): string {
  return `refs/pull/${number}/head`;
}
