/**
 * The test targets that were there before and are not now. A package whose BUILD file does not load leaves no event at
 * all, so this is the only way to see that its tests are gone. None if nothing is known of before.
 */
export function disappearedTests(now: readonly string[], before: readonly string[] | null): string[] {
  const present = new Set(now);
  return [...new Set(before ?? [])].filter((label) => !present.has(label)).sort();
}
