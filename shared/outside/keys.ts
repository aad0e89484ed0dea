/** Seals what is stored. Whoever can seal cannot open by that: the two are different rights. */
export interface Sealer {
  /** @param place what it is, and where it will stand: what was sealed for one place opens in no other */
  seal(place: string, plain: string): Promise<string>;
}

export interface Opener {
  /** @throws YbError `unreadable-secret`, which never tells why; `key-unavailable` where another try may open it */
  open(place: string, sealed: string): Promise<string>;
}

export type Key = Sealer & Opener;

/** The keys by what they seal. Each function gets the half of them that `shared/rights.ts` gives it. */
export interface Keys {
  readonly hooks: Key;
  readonly credentials: Key;
}
