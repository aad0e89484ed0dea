import { stripVTControlCharacters } from 'node:util';
import { type FailingAction, resultLimits } from '../attempt/result.ts';
import type { ActionFiles } from './local-files.ts';

/** A failure and where the output of its action lies, if it is an action's. */
export interface Failure {
  readonly told: FailingAction;
  readonly files: ActionFiles | null;
}

/** What did not build, load or analyse, each once. */
export interface FailureList {
  add(told: FailingAction, files?: ActionFiles): void;
  list(): Failure[];
}

export function createFailureList({ limit }: { readonly limit: number }): FailureList {
  const failures = new Map<string, Failure>();
  return {
    add(told, files) {
      const key = JSON.stringify([told.label, told.type, told.exitCode, told.message]);
      if (failures.size < limit && !failures.has(key)) failures.set(key, { told, files: files ?? null });
    },
    list: () => [...failures.values()],
  };
}

/**
 * Bazel's words about a failure, fit to be shown. Its messages go on with the command line, and with
 * `--verbose_failures` the environment too: both may hold secrets, so the text ends where they begin.
 */
export function publicMessageOf(message: string | undefined): string | null {
  if (message === undefined) return null;
  const told = stripVTControlCharacters(message)
    .replace(/:?\s*error executing [\s\S]*$/u, '')
    .replace(/\bfile:\/\/\S*/gu, '')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trim();
  return told === '' ? null : told.slice(0, resultLimits.message).toWellFormed();
}

/** Reasons by which an `aborted` tells of something that is broken, not of something that was given up for it. */
const brokenBy: Readonly<Record<string, string>> = { LOADING_FAILURE: 'Loading', ANALYSIS_FAILURE: 'Analysis' };

/** It does not load or analyse, so that nothing was tried. */
export function isBroken({ type }: FailingAction): boolean {
  return type !== null && Object.values(brokenBy).includes(type);
}

/** The kind of failure that an `aborted` tells of; null if it is only a consequence. */
export function failureTypeOfAbort(reason: string | undefined): string | null {
  return reason === undefined ? null : (brokenBy[reason] ?? null);
}
