import { publicMessage } from '../../shared/errors.ts';
import { asideOf } from '../../shared/messages/dead-letters.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { DeadLetter, DeadLetters } from '../../shared/outside/dead-letters.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Log } from '../../shared/outside/log.ts';
import { keepMessage } from '../../shared/store/aside.ts';

/** So many are looked at in one tick. */
const mostLetters = 100;

export interface ReplayOptions {
  readonly documents: Documents;
  readonly deadLetters: DeadLetters;
  readonly messenger: Messenger;
  readonly topicPrefix: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Plays messages again that were put aside and are sound, and writes down for operators what nobody can handle. Nothing is acknowledged
 * before that is done, and what fails here keeps nothing else from being done.
 * @returns what happened, for the log
 */
export async function replayDeadLetters(options: ReplayOptions): Promise<string | undefined> {
  const { deadLetters } = options;
  try {
    const letters = await deadLetters.pull(mostLetters);
    const done = await Promise.all(letters.map(async (letter) => await see(options, letter)));
    await deadLetters.acknowledge(done.flatMap((one) => (one === null ? [] : [one.receipt])));
    const counts = Map.groupBy(done, (one) => one?.did ?? 'left');
    return letters.length === 0 ? undefined : [...counts].map(([did, all]) => `${all.length} ${did}`).join(', ');
  } catch (error) {
    return publicMessage(error);
  }
}

/** Null where it is to come again. */
async function see(
  { documents, messenger, topicPrefix, clock, log }: ReplayOptions,
  letter: DeadLetter,
): Promise<{ readonly receipt: string; readonly did: string } | null> {
  const aside = asideOf(letter, topicPrefix, clock.now());
  const { receipt } = letter;
  try {
    switch (aside.type) {
      case 'rest':
        return null;
      case 'forget':
        return { receipt, did: 'forgotten' };
      case 'replay':
        await messenger.replay(aside);
        return { receipt, did: 'replayed' };
      case 'keep': {
        const { topic, reason, replays } = aside;
        await keepMessage(documents, letter.id, { topic, reason, replays, text: letter.text, at: letter.at });
        log.error(
          { dead_letter: letter.id, topic: topic ?? undefined, cause: reason },
          'a message that nobody can handle lies in the database, under aside/',
        );
        return { receipt, did: 'kept' };
      }
    }
  } catch {
    // It comes again with the next tick.
    return null;
  }
}
