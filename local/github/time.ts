/** GitHub tells times in whole seconds. */
export function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** The form of `created_at` and `pushed_at` in the payload of a push. */
export function toUnix(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}
