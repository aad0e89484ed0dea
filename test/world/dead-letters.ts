import type { Clock } from '../../shared/outside/clock.ts';
import type { DeadLetter, DeadLetters } from '../../shared/outside/dead-letters.ts';
import type { Published } from './publisher.ts';

export interface MemoryDeadLetters extends DeadLetters {
  /** All that nobody has acknowledged. */
  readonly lying: DeadLetter[];
  /** Puts a message aside. */
  put(message: Pick<Published, 'id' | 'text' | 'attributes'>): void;
}

const heldMilliseconds = 60_000;

/** A subscription in memory that somebody pulls from. */
export function createMemoryDeadLetters(clock: Clock): MemoryDeadLetters {
  const lying: DeadLetter[] = [];
  const heldUntil = new Map<string, number>();
  const made = { letters: 0 };
  return {
    lying,
    put({ id, text, attributes }) {
      made.letters += 1;
      lying.push({ receipt: `receipt ${made.letters}`, id, text, attributes, at: clock.now() });
    },
    async pull(most) {
      await Promise.resolve();
      const now = clock.now().getTime();
      const taken = lying.filter(({ receipt }) => (heldUntil.get(receipt) ?? 0) <= now).slice(0, most);
      for (const { receipt } of taken) heldUntil.set(receipt, now + heldMilliseconds);
      return taken;
    },
    async acknowledge(receipts) {
      await Promise.resolve();
      for (const receipt of receipts) {
        const place = lying.findIndex((one) => one.receipt === receipt);
        if (place !== -1) lying.splice(place, 1);
      }
    },
  };
}
