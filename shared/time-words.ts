// Also part of the page's script: no imports.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long something took: `0.4 s`, `12 s`, `1 m 12 s`, `2 h 5 m`, `3 h`. */
export function duration(milliseconds: number): string {
  const value = Math.max(0, milliseconds);
  if (value < 9_950) return `${(value / second).toFixed(1)} s`;
  const seconds = Math.round(value / second);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return together(seconds, 60, ['m', 's']);
  return together(Math.round(value / minute), 60, ['h', 'm']);
}

function together(value: number, per: number, [large, small]: readonly [string, string]): string {
  const rest = value % per;
  return `${Math.floor(value / per)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** When something was, as people say it: `just now`, `4 min ago`, `3 h ago`, `yesterday`, `9 days ago`, `3 Nov 2026`. */
export function ago(then: Date, now: Date): string {
  const past = now.getTime() - then.getTime();
  if (past < 45 * second) return 'just now';
  if (past < hour - minute / 2) return `${Math.max(1, Math.round(past / minute))} min ago`;
  if (past < day) return `${Math.round(past / hour)} h ago`;
  if (past < 2 * day) return 'yesterday';
  if (past < 30 * day) return `${Math.floor(past / day)} days ago`;
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][
    then.getUTCMonth()
  ];
  return `${then.getUTCDate()} ${month ?? ''} ${then.getUTCFullYear()}`;
}
