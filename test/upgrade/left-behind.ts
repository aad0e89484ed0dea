import * as z from 'zod';
import type { KeyRing } from '../../shared/sealing.ts';
import type { MemoryDocuments } from '../world/documents.ts';
import type { World } from '../world/installation.ts';
import type { Mail } from '../simulation/mail.ts';

const Ring = z.object({ id: z.string(), key: z.base64() });
const Values = z.record(z.string(), z.unknown());

/** All that an installation has outside of its functions when one version of them gives way to another, as a file holds it. */
export const LeftBehind = z.object({
  at: z.iso.datetime(),
  repositories: z.array(
    z.object({
      id: z.string(),
      fullName: z.string(),
      private: z.boolean(),
      ownerId: z.exactOptional(z.string()),
      roles: z.record(z.string(), z.enum(['reader', 'writer', 'admin'])),
      branches: z.array(z.string()).readonly(),
    }),
  ),
  installations: z.array(z.string()),
  rings: z.object({ hooks: Ring, credentials: Ring, sessions: Ring }),
  /** By path, as {@link plain} writes values. */
  documents: Values,
  hookDocuments: Values,
  objects: z.record(z.string(), z.string()),
  /** On their way. */
  messages: z.array(
    z.object({ topic: z.string(), id: z.string(), text: z.string(), attributes: z.record(z.string(), z.string()) }),
  ),
});
export type LeftBehind = z.output<typeof LeftBehind>;

export async function leftBehind(world: World<MemoryDocuments>, mail: Mail): Promise<LeftBehind> {
  const all = (documents: MemoryDocuments) =>
    Object.fromEntries(documents.paths().map((path) => [path, plain(documents.all().get(path)?.data)]));
  const names = await world.objects.list('');
  return {
    at: world.clock.now().toISOString(),
    repositories: [...world.github.repositories_],
    installations: [...world.github.installations],
    rings: {
      hooks: ringOf(world.rings.hooks),
      credentials: ringOf(world.rings.credentials),
      sessions: ringOf(world.rings.sessions),
    },
    documents: all(world.documents),
    hookDocuments: all(world.hookDocuments),
    objects: Object.fromEntries(
      names.map(({ name }) => [name, Buffer.from(world.objects.peek(name) ?? []).toString('latin1')]),
    ),
    messages: mail.letters.map(({ message }) => message),
  };
}

function ringOf({ keys: [first] }: KeyRing) {
  if (first === undefined) throw new Error('a ring has a key');
  return { id: first.id, key: Buffer.from(first.key).toString('base64') };
}

/** The rings that {@link leftBehind} wrote down. */
export function ringsOf({ rings }: Pick<LeftBehind, 'rings'>): World['rings'] {
  const ring = ({ id, key }: LeftBehind['rings']['hooks']): KeyRing => ({
    keys: [{ id, key: Buffer.from(key, 'base64') }],
  });
  return { hooks: ring(rings.hooks), credentials: ring(rings.credentials), sessions: ring(rings.sessions) };
}

/** JSON of what Firestore has beside it: times and bytes. */
export function plain(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, plain(of)]));
}

/** Back from {@link plain}. */
export function unplain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unplain);
  if (typeof value !== 'object' || value === null) return value;
  if ('$date' in value) return new Date(String(value.$date));
  if ('$bytes' in value) return Buffer.from(String(value.$bytes), 'base64');
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, unplain(of)]));
}
