import { errorCode } from '../../../shared/errors.ts';
import { parseJson } from '../../../shared/json.ts';
import { type AttemptRef, liveName, liveNumber, livePrefix, targetsName } from '../../../shared/attempt/layout.ts';
import type { ObjectStore } from '../../../shared/outside/objects.ts';
import { type FailingAction, resultLimits, type TargetResult, TargetsFile } from '../../../shared/attempt/result.ts';
import { inBatches } from './batches.ts';

/** What lists show of a target, and where its log is. */
export type TargetOutline = Pick<TargetResult, 'label' | 'status' | 'attempts' | 'cached' | 'durationMs' | 'log'> & {
  readonly xml: string | null;
};

export interface Results {
  readonly targets: readonly TargetOutline[];
  readonly failures: readonly FailingAction[];
  /** The number of the last live piece that is in it: where a live view goes on. */
  readonly piece: number;
  /** Targets that became known or changed after this piece. */
  changedAfter(piece: number): readonly TargetOutline[];
}

/**
 * What became of each target of an attempt. Live pieces are put together once and kept, so that each further look costs
 * one or two reads, however many look.
 */
export interface ResultReader {
  /** Of an attempt that has ended. */
  finished(ref: AttemptRef): Promise<Results>;
  live(ref: AttemptRef): Promise<Results>;
}

interface State {
  readonly targets: Map<string, { readonly outline: TargetOutline; readonly piece: number }>;
  readonly failures: FailingAction[];
  piece: number;
  listed: boolean;
  loading: Promise<void> | null;
}

const maxStates = 50;
const maxTargets = 200_000;
const readsPerLook = 2;

export function createResultReader(objects: ObjectStore): ResultReader {
  const states = new Map<string, State>();
  const readPiece = async (name: string): Promise<TargetsFile | null> => {
    const content = await objects.read(name, { maxBytes: resultLimits.targetsBytes });
    if (content === null) return null;
    return parseTargets(Buffer.from(content.bytes).toString('utf8'));
  };
  const catchUp = async (ref: AttemptRef, state: State): Promise<void> => {
    if (!state.listed) {
      const names = (await objects.list(livePrefix(ref, 'targets'))).map(({ name }) => name);
      const pieces = await inBatches(names, readPiece);
      for (const [index, piece] of pieces.entries()) {
        merge(state, piece, liveNumber(names[index] ?? '', 'targets') ?? state.piece);
      }
      state.listed = true;
      return;
    }
    for (let reads = 0; reads < readsPerLook; reads += 1) {
      const number = state.piece + 1;
      const piece = await readPiece(liveName(ref, 'targets', number));
      if (piece === null) return;
      merge(state, piece, number);
    }
  };
  const live = async (ref: AttemptRef): Promise<Results> => {
    const key = `${ref.runId}/${ref.attempt}`;
    const state = states.get(key) ?? { targets: new Map(), failures: [], piece: 0, listed: false, loading: null };
    states.delete(key);
    states.set(key, state);
    // Whoever comes while it loads waits for the same reads.
    state.loading ??= catchUp(ref, state).finally(() => {
      state.loading = null;
    });
    await state.loading;
    forget(states);
    return resultsOf(state);
  };
  return {
    live,
    async finished(ref) {
      const file = await readPiece(targetsName(ref));
      if (file === null) return await live(ref);
      const state: State = { targets: new Map(), failures: [], piece: 0, listed: true, loading: null };
      merge(state, file, 0);
      return resultsOf(state);
    },
  };
}

function parseTargets(text: string): TargetsFile {
  try {
    return parseJson(TargetsFile, text, { what: 'targets' });
  } catch (error) {
    if (errorCode(error) !== 'malformed-message') throw error;
    // The verdict never depends on it; a page without this list is better than none.
    return { v: 1, targets: [], failures: [] };
  }
}

function merge(state: State, file: TargetsFile | null, piece: number): void {
  if (file === null) return;
  for (const target of file.targets) state.targets.set(target.label, { outline: outlineOf(target), piece });
  for (const failure of file.failures) {
    const known = state.failures.some(({ label, message }) => label === failure.label && message === failure.message);
    if (!known && state.failures.length < resultLimits.failures) state.failures.push(failure);
  }
  state.piece = piece;
}

function outlineOf(target: TargetResult): TargetOutline {
  const { label, status, attempts, cached, durationMs, log } = target;
  const failed = target.details.findLast((detail) => detail.log === log && detail.xml !== null);
  return { label, status, attempts, cached, durationMs, log, xml: log === null ? null : (failed?.xml ?? null) };
}

function resultsOf(state: State): Results {
  const entries = [...state.targets.values()];
  return {
    targets: entries.map(({ outline }) => outline),
    failures: [...state.failures],
    piece: state.piece,
    changedAfter: (piece) => entries.filter((entry) => entry.piece > piece).map(({ outline }) => outline),
  };
}

/** Lets go of what nobody has looked at for longest. */
function forget(states: Map<string, State>): void {
  let targets = [...states.values()].reduce((total, state) => total + state.targets.size, 0);
  for (const [key, state] of states) {
    if (states.size <= maxStates && targets <= maxTargets) return;
    if (states.size === 1 || state.loading !== null) continue;
    states.delete(key);
    targets -= state.targets.size;
  }
}
