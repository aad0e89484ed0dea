/** At most so many remote reads at once for one answer. */
const batchSize = 8;

/** Maps in order, a few at a time. */
export async function inBatches<From, To>(items: readonly From[], map: (item: From) => Promise<To>): Promise<To[]> {
  const results: To[] = [];
  for (let index = 0; index < items.length; index += batchSize) {
    results.push(...(await Promise.all(items.slice(index, index + batchSize).map(map))));
  }
  return results;
}
