import { targetsLink, runLink } from '../../../shared/links.ts';
import type { PastRun } from '../../../shared/history/history.ts';
import { retention } from '../../../shared/retention.ts';
import { ago } from '../../../shared/time-words.ts';
import { CopyButton } from './parts.tsx';

/** A label that leads to the target's own page. */
export function TargetLink({ fullName, label }: { readonly fullName: string; readonly label: string }) {
  return (
    <a class="target" href={targetsLink(fullName, label)}>
      <code>{label}</code>
    </a>
  );
}

/** The same, to be copied too. */
export function CopyableTarget({ fullName, label }: { readonly fullName: string; readonly label: string }) {
  return (
    <span class="copyable">
      <TargetLink fullName={fullName} label={label} />
      <CopyButton text={label} what="label" />
    </span>
  );
}

/** A run by its age; a link for as long as the run is kept. */
export function PastRunLink({ run, now }: { readonly run: PastRun; readonly now: Date }) {
  const words = `the run of ${ago(run.at, now)}`;
  return isKept(run, now) ? <a href={runLink(run.id)}>{words}</a> : <>{words}</>;
}

/** Whether the run itself is still to be seen. */
export function isKept(run: PastRun, now: Date): boolean {
  return now.getTime() - run.at.getTime() < retention.runDays * 86_400_000;
}
