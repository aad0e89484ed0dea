import { type Automaton, createAutomaton } from './automaton.ts';
import { spellingsOf } from './mask-forms.ts';

/** What stands in a secret's place. Shorter than any secret, so that masked text never grows. */
const mask = Buffer.from('***');

/** Masks a stream of bytes: the result does not depend on where the stream is cut. */
export interface StreamMasker {
  /**
   * Takes the next bytes and hands on what is certain by now, in order. What could be the beginning of a secret is
   * held back. The bytes handed on are only good during the call.
   */
  push(bytes: Uint8Array, emit: (bytes: Uint8Array) => void): void;
  /** Hands on what was held back. */
  end(emit: (bytes: Uint8Array) => void): void;
}

export interface Masker {
  stream(): StreamMasker;
  text(text: string): string;
}

/** Masks every occurrence of the values, and of the forms in which they are commonly written. */
export function createMasker(values: readonly string[]): Masker {
  const automaton = createAutomaton(values.flatMap(spellingsOf));
  const stream = () => createStream(automaton);
  return {
    stream,
    text: (text) => {
      if (automaton.empty) return text;
      const masker = stream();
      const parts: Buffer[] = [];
      const keep = (bytes: Uint8Array) => {
        parts.push(Buffer.from(bytes));
      };
      masker.push(Buffer.from(text), keep);
      masker.end(keep);
      return Buffer.concat(parts).toString('utf8');
    },
  };
}

/** JSON of a value in whose texts the secrets are masked. */
export function maskedJson(masker: Masker, value: unknown): Buffer {
  return Buffer.from(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? masker.text(inner) : inner)),
  );
}

/** Bytes from `start` to before `end`, counted from the beginning of the stream. */
interface Span {
  start: number;
  end: number;
  /** Overlaps what was masked and handed on already: it adds no mask of its own. */
  goesOn: boolean;
}

function createStream(automaton: Automaton): StreamMasker {
  let state = 0;
  /** Bytes taken so far, and bytes of these that were handed on or masked. */
  let taken = 0;
  let done = 0;
  /** Bytes from `done` to `taken`. */
  let held: Uint8Array = Buffer.alloc(0);
  let spans: Span[] = [];

  const find = (bytes: Uint8Array) => {
    const { next, classOf } = automaton;
    // In a variable of its own: this loop sees every byte of every log.
    let now = state;
    for (let index = 0; index < bytes.length; index += 1) {
      now = next[now + (classOf[bytes[index] ?? 0] ?? 0)] ?? 0;
      if (now < 0) {
        now = ~now;
        const end = taken + index + 1;
        add(end - automaton.longestWord(now), end);
      }
    }
    state = now;
  };
  const add = (from: number, end: number) => {
    let span: Span = { start: Math.max(from, done), end, goesOn: from < done };
    for (let last = spans.at(-1); last !== undefined && span.start < last.end; last = spans.at(-1)) {
      span = { start: Math.min(span.start, last.start), end, goesOn: span.goesOn || last.goesOn };
      spans.pop();
    }
    spans.push(span);
  };
  /** Hands on everything before `limit`; of a span that begins before it, the whole. */
  const handOn = (limit: number, bytesOf: (start: number, end: number) => void, emit: (bytes: Uint8Array) => void) => {
    const ready = spans.filter(({ start }) => start < limit);
    for (const { start, end, goesOn } of ready) {
      bytesOf(done, start);
      if (!goesOn) emit(mask);
      done = end;
    }
    spans = spans.slice(ready.length);
    if (done < limit) {
      bytesOf(done, limit);
      done = limit;
    }
  };

  return {
    push: (bytes, emit) => {
      if (automaton.empty) {
        emit(bytes);
        return;
      }
      find(bytes);
      const origin = taken - held.length;
      taken += bytes.length;
      const before = held;
      const bytesOf = (start: number, end: number) => {
        const middle = before.length;
        if (start - origin < middle && start < end)
          emit(before.subarray(start - origin, Math.min(end - origin, middle)));
        if (end - origin > middle) emit(bytes.subarray(Math.max(start - origin - middle, 0), end - origin - middle));
      };
      handOn(taken - automaton.depth(state), bytesOf, emit);
      held = done >= taken ? Buffer.alloc(0) : joined(before, bytes, done - origin);
    },
    end: (emit) => {
      const origin = taken - held.length;
      handOn(
        taken,
        (start, end) => {
          if (start < end) emit(held.subarray(start - origin, end - origin));
        },
        emit,
      );
      held = Buffer.alloc(0);
      state = 0;
    },
  };
}

/** A copy of what follows position `from` in the two parts together. */
function joined(first: Uint8Array, second: Uint8Array, from: number): Uint8Array {
  return from >= first.length
    ? Buffer.from(second.subarray(from - first.length))
    : Buffer.concat([first.subarray(from), second]);
}
