import { type Run, shortSha } from '../../../shared/run/run.ts';

/** What a person types to see the same at home. */
export function reproduction(run: Run, verb: 'build' | 'test', label: string): string {
  const errors = verb === 'test' ? ' --test_output=errors' : '';
  return `git checkout ${shortSha(run.sha)} && bazel ${verb} ${quoted(label)}${errors}`;
}

/** For a shell: labels may hold almost anything. */
function quoted(label: string): string {
  return /^[\w@/:.+=,-]+$/.test(label) ? label : `'${label.replaceAll("'", String.raw`'\''`)}'`;
}
