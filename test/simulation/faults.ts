import { type ErrorCode, YbError } from '../../shared/errors.ts';
import { type GatedPort, gatedPorts, portOf, silenceOf } from './gates.ts';
import type { Draw } from './draw.ts';

/** What becomes of one remote call. */
export const callFates = ['answered', 'fails-before', 'fails-after', 'hangs', 'dies-before', 'dies-after'] as const;
export type CallFate = (typeof callFates)[number];

/** A time in which one of the other systems answers no call of a kind, or refuses it. */
interface Trouble {
  readonly from: number;
  readonly to: number;
  meets(gate: string): boolean;
  error(gate: string, now: number): Error;
  readonly words: string;
}

/** What becomes of a call, and its number among the faults of the story where it is one. */
export interface Fault {
  readonly fate: CallFate;
  readonly number: number | null;
  /** What whoever asked gets to see of a call that fails. */
  readonly error: Error;
}

export interface Faults {
  fateOf(gate: string, now: number): Fault;
  readonly troubles: readonly string[];
  /** Whether anything but the writing of objects was in trouble at some time since. */
  troubledSince(from: number, now: number): boolean;
}

const minute = 60_000;
/** Of calls, how many in a story go wrong. */
const rates = [0, 0.005, 0.02, 0.06] as const;

/** Refusals, and which calls meet them. */
const refusals: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^github\.(?:writeStatus|readStatus)$/, 'github-unauthorized'],
  [/^github\.(?:writeStatus|readStatus)$/, 'github-not-found'],
  [/^github\.writeStatus$/, 'github-no-commit'],
  [/^github\.comments?$/, 'github-unauthorized'],
  [/^github\./, 'github-rate-limited'],
  [/^cluster\.(?:createJob|ensureSecret|ensureDisk)$/, 'kubernetes-refused'],
  [/^cluster\.ensureSecret$/, 'kubernetes-refused'],
  [/^cluster\.createJob$/, 'kubernetes-forbidden'],
  [/^cluster\./, 'kubernetes-forbidden'],
  [/^objects\.write$/, 'storage-refused'],
];

/** Nothing goes wrong after `until`. @param without numbers of faults that are left out, to find those that matter */
export function createFaults(options: {
  readonly draw: Draw;
  readonly from: number;
  readonly until: number;
  readonly without: ReadonlySet<number>;
}): Faults {
  const { draw, from, until, without } = options;
  const rate = draw.pick(rates);
  const troubles = Array.from({ length: draw.below(4) }, (): Trouble => {
    const begins = from + draw.below(until - from);
    const time = { from: begins, to: Math.min(until, begins + minute + draw.below(59 * minute)) };
    return { ...time, ...(draw.chance(0.5) ? outage(draw.pick(gatedPorts) ?? 'github') : refusal(draw)) };
  });
  const seen = { faults: 0 };
  const answered = (gate: string): Fault => ({ fate: 'answered', number: null, error: silenceOf(gate) });
  return {
    troubles: troubles.map(({ words, from: begins, to }) => `${words} from ${begins - from} to ${to - from} ms`),
    troubledSince: (since, now) =>
      troubles.some(
        (one) => one.from <= now && one.to >= since && !(one.meets('objects.write') && !one.meets('objects.read')),
      ),
    fateOf(gate, now) {
      if (now >= until) return answered(gate);
      const trouble = troubles.find((one) => one.from <= now && now < one.to && one.meets(gate));
      if (trouble !== undefined) return { fate: 'fails-before', number: null, error: trouble.error(gate, now) };
      if (!draw.chance(rate)) return answered(gate);
      const fate = draw.pick(['fails-before', 'fails-after', 'hangs', 'dies-before', 'dies-after'] as const);
      const number = seen.faults;
      seen.faults += 1;
      return without.has(number) ? answered(gate) : { fate, number, error: silenceOf(gate) };
    },
  };
}

function outage(port: GatedPort): Omit<Trouble, 'from' | 'to'> {
  return { meets: (gate) => portOf(gate) === port, error: silenceOf, words: `${port} is silent` };
}

function refusal(draw: Draw): Omit<Trouble, 'from' | 'to'> {
  const [gates, code] = draw.pick(refusals) ?? [/^$/, 'internal'];
  return {
    meets: (gate) => gates.test(gate),
    error: (gate, now) =>
      new YbError(
        code,
        `${gate} is refused`,
        code === 'github-rate-limited' ? { retryAt: new Date(now + 10 * minute) } : {},
      ),
    words: `${String(gates)} says ${code}`,
  };
}
