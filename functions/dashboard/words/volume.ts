import type { Volume } from '../../../shared/volume/volume.ts';
import { duration } from './time.ts';
import { many } from './text.ts';

/** What a volume is doing, and why it is not free if it is not. */
export function volumeWords(volume: Volume, now: Date): string {
  switch (volume.state) {
    case 'free':
      return volume.failures === 0 ? 'free' : `free, after ${many(volume.failures, 'failure')} of its own`;
    case 'leased':
      return 'in use';
    case 'retiring':
      return 'going away';
    case 'cleaning':
      return [`being cleaned after: ${volume.care?.reason ?? ''}`, ...problem(volume)].join('; ');
    case 'quarantined':
      return [`put aside: ${volume.care?.reason ?? ''}`, ...problem(volume), ...next(volume, now)].join('; ');
  }
}

function problem({ care }: Volume): string[] {
  return care === null || care.problem === null ? [] : [`cleaning it does not succeed: ${care.problem}`];
}

function next({ care }: Volume, now: Date): string[] {
  if (care === null) return [];
  const wait = care.dueAt.getTime() - now.getTime();
  return [wait <= 0 ? 'is cleaned in a moment' : `is tried again in ${duration(wait)}`];
}
