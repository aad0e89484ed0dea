/** Yields what `work` makes of each item, in the items' order, while the next `ahead` ones are already under way. */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  ahead: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const waiting: Promise<Result>[] = [];
  for (const item of items) {
    const started = work(item);
    // It is awaited later, or never if an earlier one fails: neither may be an unhandled rejection.
    started.catch(() => undefined);
    waiting.push(started);
    const first = waiting.length > ahead ? waiting.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const started of waiting) yield await started;
}
