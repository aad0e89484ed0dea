/**
 * The last address of the list: the one that Google's front end added. All before it are what the client said of itself
 * (https://cloud.google.com/functions/docs/reference/headers#x-forwarded-for).
 */
export function clientAddress(forwarded: string | undefined): string | null {
  const last = (forwarded ?? '').split(',').at(-1)?.trim() ?? '';
  return /^[0-9a-fA-F:.]{2,45}$/.test(last) ? last : null;
}
