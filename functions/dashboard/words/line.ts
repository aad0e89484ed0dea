// Also part of the page's script: imports nothing but words.
import { bytes, exact, figure } from './text.ts';

/** Lines that are on the storage and not on the page, or on neither. */
export function linesBetween(part: {
  readonly bytes: number;
  readonly from: number | null;
  readonly to: number | null;
}): string {
  const size = part.bytes > 0 ? bytes(part.bytes) : null;
  if (part.from === null || part.to === null) return size ?? 'A part of the log';
  if (part.to < part.from) return size ?? `A part of line ${figure(part.from)}`;
  const lines =
    part.from === part.to ? `Line ${figure(part.from)}` : `Lines ${figure(part.from)} to ${figure(part.to)}`;
  return size === null ? lines : `${lines} (${size})`;
}

/** How long after the run's start, as a clock shows it: `0:07`, `12:40`, `1:02:07`. */
export function elapsed(from: Date, at: Date): string {
  const seconds = Math.max(0, Math.floor((at.getTime() - from.getTime()) / 1_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes)}:${two(seconds % 60)}`;
}

/** When a line was printed, for whoever asks. */
export function printedAt(at: Date, start: Date | null): string {
  return start === null ? exact(at) : `${exact(at)}, ${elapsed(start, at)} after the start`;
}
