import type { Random } from '../../shared/outside/random.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Text of random letters and digits. */
export function randomText(random: Random, length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      // What would favour the first letters is thrown away.
      if (byte < 248 && text.length < length) text += letters.charAt(byte % 62);
    }
  }
  return text;
}

export function randomHex(random: Random, length: number): string {
  return Buffer.from(random.bytes(Math.ceil(length / 2)))
    .toString('hex')
    .slice(0, length);
}

/** A version 4 UUID: the form of a delivery's GUID. */
export function randomGuid(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A token of the form of GitHub's fine-grained ones. */
export function fineGrainedToken(random: Random): string {
  return `github_pat_${randomText(random, 22)}_${randomText(random, 59)}`;
}

/** With which the next token of a GitHub App's user is had. */
export function refreshToken(random: Random): string {
  return `ghr_${randomText(random, 76)}`;
}

/** A token of an installation of a GitHub App. */
export function installationToken(random: Random): string {
  return `ghs_${randomText(random, 36)}`;
}

/** A token that the OAuth web flow hands out: with scopes as an OAuth app's, without as a GitHub App's. */
export function signInToken(random: Random, scoped: boolean): string {
  return `${scoped ? 'gho' : 'ghu'}_${randomText(random, 36)}`;
}
