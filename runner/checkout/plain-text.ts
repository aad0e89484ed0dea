/** Foreign text as one line without anything that a terminal would obey or that turns the direction of writing. */
export function plainText(text: string, limit = 500): string {
  return text
    .slice(0, limit * 4)
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .trim()
    .slice(0, limit);
}
