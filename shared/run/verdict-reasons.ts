import { isFailing } from '../bazel/test-status.ts';
import { type EndingPod, lossOf, neverStarted } from './pod-loss.ts';
import type { RunResult } from '../attempt/result.ts';
import { terminationWords } from '../attempt/termination.ts';
import { type VerdictCode, verdictTable } from './verdict-table.ts';

const longestMessage = 400;
const shownLabels = 3;
/** Of a program that SIGKILL ended. */
const killedExitCode = 137;

interface Told {
  readonly code: string;
  readonly detail: string | null;
}

interface NameableContainer {
  readonly reason: string | null;
  readonly message: string | null;
}

/** The part of an attempt's evidence that its reason may name. */
interface Nameable {
  readonly cancel: { readonly supersededBy?: string | null };
  readonly abandoned?: Told;
  readonly lost?: Told;
  readonly pod:
    | (EndingPod & {
        readonly containers: {
          readonly courier: NameableContainer | null;
          readonly checkout: NameableContainer | null;
          readonly build: (NameableContainer & { readonly exitCode: number | null }) | null;
        };
      })
    | null;
  readonly earlier?: { readonly noTests: boolean };
  readonly disappeared?: readonly string[];
  readonly limits?: { readonly memoryBytes?: number; readonly diskBytes?: number; readonly logBytes?: number };
}

type Wording = (input: Nameable, result: RunResult | null) => string;

/** The cause as a sentence for a person, with numbers and names, without a final full stop. */
export function reasonOf(code: VerdictCode, input: Nameable, result: RunResult | null): string {
  const wording: Wording | undefined = wordings[code];
  return wording === undefined
    ? `${asSentence(verdictTable[code].when)}${clusterWords(code, input)}`
    : wording(input, result);
}

/** The cluster's own words about this cause, on one line. */
function clusterWords(code: VerdictCode, { abandoned, lost, pod }: Nameable): string {
  const { courier, checkout, build } = pod?.containers ?? {};
  const told = [abandoned, lost, pod === null ? null : lossOf(pod), neverStarted([courier, checkout, build])];
  return onOneLine(told.find((one) => one?.code === code)?.detail ?? null);
}

function onOneLine(text: string | null): string {
  const line = (text ?? '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
  return line === '' ? '' : `: ${line.slice(0, longestMessage).toWellFormed()}`;
}

const wordings: { readonly [Code in VerdictCode]?: Wording } = {
  passed: (_, result) => passedWords(result),
  'tests-failed': (_, result) =>
    failedWords(result) ?? `Tests failed, says exit code ${result?.exitCode ?? '?'}, but Bazel's events name none`,
  'build-failed': ({ disappeared = [] }, result) => {
    const failed = failedWords(result);
    return `${notBuiltWords(result, disappeared)}${failed === null ? '' : `; ${failed}`}`;
  },
  'bad-options': () => 'Bazel refuses its options or a .bazelrc; the log says which',
  'no-tests': (_, result) => `${noTestsWords(result)}, as in the last run of this branch`,
  'tests-disappeared': ({ earlier, disappeared = [] }, result) => {
    const gone = disappeared.length === 0 ? '' : `: ${labels(disappeared, disappeared.length)}`;
    const none = noTestsWords(result);
    return earlier === undefined ? none : `${none}: the tests of this branch disappeared${gone}`;
  },
  cancelled: () => 'Cancelled',
  superseded: ({ cancel }) => `Superseded by ${cancel.supersededBy?.slice(0, 7) ?? 'a newer push'}`,
  deadline: () => 'The deadline passed before the tests had ended',
  'out-of-memory': ({ limits }, result) => {
    const failed = failedWords(result);
    return `Out of memory${limitWords(limits?.memoryBytes)}${failed === null ? '' : `; ${failed}`}`;
  },
  'heap-exhausted': () => "Out of memory: Bazel's own heap was full",
  'disk-full': (input) => {
    const words = checkoutWords(input);
    return `The disk is full${limitWords(input.limits?.diskBytes)}${words === null ? '' : `: ${words}`}`;
  },
  // The kubelet says which limit it was.
  'storage-exceeded': ({ pod }) =>
    `The build wrote more outside of its volume than a Pod may${onOneLine(pod?.message ?? null)}`,
  'log-too-large': ({ limits }) => `The log is too large${limitWords(limits?.logBytes)}`,
  'commit-gone': (input) => checkoutWords(input) ?? 'The commit is no longer in the repository',
  'no-workspace': (input) => {
    const words =
      checkoutWords(input) ?? 'The repository has no MODULE.bazel, WORKSPACE or WORKSPACE.bazel at its root';
    return words.includes('yb setup-repo') ? words : `${words}; run yb setup-repo`;
  },
  'bad-configuration': (input) => checkoutWords(input) ?? '.yb.yaml is wrong; the log says where',
  'bad-credential': (input) =>
    checkoutWords(input) ??
    "The host refuses the repository's credential; an administrator can renew it with yb setup-repo",
  'sources-missing': (input) => checkoutWords(input) ?? 'A submodule or a file of Git LFS is not to be had',
  'checkout-failed': (input) => checkoutWords(input) ?? 'The commit could not be checked out; the log says why',
  'volume-damaged': (input) => checkoutWords(input) ?? 'The volume cannot be read or written',
  'stale-lease': () => 'The volume belongs to a later attempt by now',
  'no-bazel': () => 'The build image has no Bazel, or not the version that .bazelversion asks for; the log says which',
  'result-missing': ({ pod }, result) => {
    const exitCode = pod?.containers.build?.exitCode ?? null;
    if (exitCode === killedExitCode) return `The build was killed (exit code ${exitCode}), and nobody had asked for it`;
    if (exitCode !== null) return `The build ended with exit code ${exitCode}, but no result proves what it means`;
    return result?.events.complete === false
      ? "Bazel's events break off before its end, and no exit code is known"
      : 'The Job ended without a result';
  },
  'courier-died': () => 'The results could not be brought: the courier ended too early',
  unproved: (_, result) => {
    const exitCode = result?.exitCode ?? 0;
    return result?.events.complete === false
      ? `Bazel ended with exit code ${exitCode}, but its events break off: nothing proves the result`
      : `Bazel ended with exit code ${exitCode}, but the other evidence contradicts it`;
  },
  interrupted: () => 'Bazel was interrupted, and nobody had asked for it',
  'unknown-exit-code': (_, result) => {
    const signal = signalOf(result);
    if (signal === null)
      return `The build ended with exit code ${result?.exitCode ?? '?'}, which Bazel does not explain`;
    const perhaps = signal === 'SIGKILL' ? '; perhaps its memory ran out' : '';
    return `The build was ended by ${signal} (exit code ${result?.exitCode}), and nobody says why${perhaps}`;
  },
  'repeated-exit-code': (_, result) => {
    const signal = signalOf(result);
    const code = `exit code ${result?.exitCode ?? '?'}${signal === null ? '' : `, ${signal},`}`;
    return `The build ended with ${code} again, on another volume; the log may say why`;
  },
};

/** What a shell makes of a signal: its number and 128. */
function signalOf(result: RunResult | null): string | null {
  return signals.get((result?.exitCode ?? 0) - 128) ?? null;
}

const signals: ReadonlyMap<number, string> = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [4, 'SIGILL'],
  [6, 'SIGABRT'],
  [7, 'SIGBUS'],
  [8, 'SIGFPE'],
  [9, 'SIGKILL'],
  [11, 'SIGSEGV'],
  [13, 'SIGPIPE'],
  [15, 'SIGTERM'],
  [24, 'SIGXCPU'],
  [25, 'SIGXFSZ'],
]);

/** They may be there and not have been run: filtered, made for another platform, or not asked for. */
function noTestsWords(result: RunResult | null): string {
  const { passed = 0, flaky = 0, notRun = 0 } = result?.counts ?? {};
  if (passed + flaky > 0) {
    const told = `Bazel's events tell of ${count(passed + flaky, 'test')} that passed`;
    return `No tests found, says exit code ${result?.exitCode ?? '?'}, though ${told}`;
  }
  if (notRun > 0) return `No test was run, though there ${notRun === 1 ? 'is' : 'are'} ${count(notRun, 'test')}`;
  return 'No tests found';
}

function passedWords(result: RunResult | null): string {
  if (result === null) return 'Passed';
  const { passed, flaky, notRun } = result.counts;
  const all = passed + flaky;
  const flakyWords = flaky === 0 ? '' : all === 1 ? ', but it is flaky' : `, ${flaky} of them flaky`;
  const restWords = notRun === 0 ? '' : `; ${count(notRun, 'test')} not run`;
  const logWords = result.complete ? '' : '; the log is incomplete';
  return `${all === 1 ? '1 test passed' : `All ${all} tests passed`}${flakyWords}${restWords}${logWords}`;
}

/** Null if no test failed. */
function failedWords(result: RunResult | null): string | null {
  if (result === null) return null;
  const { tests, failed, timedOut } = result.counts;
  const ran = result.failed.filter(({ status }) => isFailing(status));
  const all = Math.max(failed + timedOut, ran.length);
  if (all === 0) return null;
  const names =
    ran.length === 0
      ? ''
      : `: ${labels(
          ran.map(({ label }) => label),
          all,
        )}`;
  const end = timedOut === 0 ? 'failed' : timedOut === all ? 'timed out' : `failed (${timedOut} timed out)`;
  return `${all} of ${count(Math.max(tests, all), 'test')} ${end}${names}`;
}

function notBuiltWords(result: RunResult | null, untold: readonly string[]): string {
  const unbuilt = (result?.failed ?? []).filter(({ status }) => status === 'FAILED_TO_BUILD').map(({ label }) => label);
  const all = Math.max(result?.counts.failedToBuild ?? 0, unbuilt.length);
  if (all > 0) return `${count(all, 'target')} did not build${unbuilt.length === 0 ? '' : `: ${labels(unbuilt, all)}`}`;
  const cause = causeWords(result);
  if (cause !== null) return `Does not build: ${cause}`;
  const words = `Does not build: Bazel ended with exit code ${result?.exitCode ?? '?'}`;
  // An older Bazel says nothing of a package that does not load.
  const passed = (result?.counts.passed ?? 0) + (result?.counts.flaky ?? 0);
  if (passed === 0) return words;
  const guess = `${words}, though ${count(passed, 'test')} passed; perhaps a package does not load`;
  return untold.length === 0 ? guess : `${guess}: nothing is told of ${labels(untold, untold.length)}`;
}

/** The first thing that Bazel's events blame. */
function causeWords(result: RunResult | null): string | null {
  const { label = null, type = null, message = null } = result?.cause ?? {};
  const what = [type, label].filter((part) => part !== null).join(' of ');
  const words = onOneLine(message);
  if (what === '') return words === '' ? null : words.slice(2);
  return `${what} failed${words}`;
}

function labels(some: readonly string[], all: number): string {
  const shown = some.slice(0, shownLabels).join(', ');
  const more = all - Math.min(some.length, shownLabels);
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function limitWords(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  const gibibytes = bytes / 2 ** 30;
  return gibibytes >= 1
    ? ` (limit ${Number(gibibytes.toFixed(1))} GiB)`
    : ` (limit ${Number((bytes / 2 ** 20).toFixed(1))} MiB)`;
}

function asSentence(when: string): string {
  return `${when.charAt(0).toUpperCase()}${when.slice(1)}`.replaceAll('`', '');
}

/** What our checkout said at its end. The build's own last words are not repeated: anything may have written them. */
function checkoutWords({ pod }: Nameable): string | null {
  const words = terminationWords(pod?.containers.checkout?.message ?? null);
  const line = (words ?? '')
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
  return line === '' ? null : line.slice(0, longestMessage).toWellFormed();
}
