/** `1 test`, `2 tests`, `1,204 tests`. */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${figure(count)} ${count === 1 ? one : more}`;
}

/** With commas between thousands. */
export function figure(value: number): string {
  return value.toLocaleString('en-US');
}

/** `812 B`, `4.1 KB`, `12 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** The exact time, for whoever asks: `2026-11-22 23:31:15 UTC`. */
export function exact(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
