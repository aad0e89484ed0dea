import { compareUtf8 } from './name-index.ts';

/** What a page of a listing is asked for: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
export interface ListingQuery {
  readonly prefix: string;
  /** Names that go on with it after the prefix are told as one entry; empty for no delimiter. */
  readonly delimiter: string;
  readonly startOffset: string;
  /** Empty for no end. */
  readonly endOffset: string;
  readonly limit: number;
  /** The entry with which the page before ended; empty for the first page. */
  readonly after: string;
}

export interface Listing {
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
  /** For the next page's `after`; undefined if this is the last. */
  readonly next: string | undefined;
}

/** One page of names, in the order of their UTF-8 bytes. `namesFrom` gives names in that order. */
export function listNames(namesFrom: (from: string) => Iterable<string>, query: ListingQuery): Listing {
  const names: string[] = [];
  const prefixes: string[] = [];
  let last = query.after;
  for (const name of namesFrom(latest(query.prefix, query.startOffset, query.after))) {
    if (!name.startsWith(query.prefix) || isPast(name, query.endOffset)) break;
    const cut = query.delimiter === '' ? -1 : name.indexOf(query.delimiter, query.prefix.length);
    const entry = cut === -1 ? name : name.slice(0, cut + query.delimiter.length);
    if (entry === last) continue;
    if (names.length + prefixes.length >= query.limit) return { names, prefixes, next: last };
    (cut === -1 ? names : prefixes).push(entry);
    last = entry;
  }
  return { names, prefixes, next: undefined };
}

function isPast(name: string, endOffset: string): boolean {
  return endOffset !== '' && compareUtf8(name, endOffset) >= 0;
}

function latest(first: string, ...others: string[]): string {
  return others.reduce((greatest, next) => (compareUtf8(next, greatest) > 0 ? next : greatest), first);
}
