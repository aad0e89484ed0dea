/**
 * A key that seals what is stored. What was sealed for one place (the path of the document that holds it) opens in no other.
 */
export interface Key {
  seal(place: string, plain: string): Promise<string>;
  /** @throws YbError `unreadable-secret`, which never tells why */
  open(place: string, sealed: string): Promise<string>;
}

/** The keys by what they seal; who may seal and who may open differs. */
export interface Keys {
  readonly hooks: Key;
  readonly credentials: Key;
}
