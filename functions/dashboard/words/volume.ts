import type { Volume } from '../../../shared/volume/volume.ts';
import { duration } from '../../../shared/time-words.ts';
import { many } from './text.ts';

/** What a volume is doing, and why it is not free if it is not. */
export function volumeWords(volume: Volume, now: Date): string {
  switch (volume.state) {
    case 'free':
      return volume.failures === 0 ? 'free' : `free, after ${many(volume.failures, 'failure')} of its own`;
    case 'leased':
      return 'in use';
    case 'fenced':
      return [
        `its run is over, and whoever wrote to it may still be there${since(volume, now)}`,
        ...known(volume),
      ].join('; ');
    case 'retiring':
      return 'going away';
    case 'cleaning':
      return [`being cleaned after: ${volume.cleaning?.reason ?? ''}`, ...problem(volume)].join('; ');
    case 'quarantined':
      return [`put aside: ${volume.cleaning?.reason ?? ''}`, ...problem(volume), ...next(volume, now)].join('; ');
  }
}

function since({ cleaning }: Volume, now: Date): string {
  const from = cleaning?.since ?? null;
  return from === null ? '' : `, for ${duration(now.getTime() - from.getTime())}`;
}

function known({ cleaning }: Volume): string[] {
  return cleaning === null || cleaning.problem === null ? [] : [cleaning.problem];
}

function problem({ cleaning }: Volume): string[] {
  return cleaning === null || cleaning.problem === null ? [] : [`cleaning it does not succeed: ${cleaning.problem}`];
}

function next({ cleaning }: Volume, now: Date): string[] {
  if (cleaning === null) return [];
  const wait = cleaning.dueAt.getTime() - now.getTime();
  return [wait <= 0 ? 'is cleaned in a moment' : `is tried again in ${duration(wait)}`];
}
