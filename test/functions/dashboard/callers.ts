import { configurationOf } from '../../../functions/dashboard/configuration.ts';
import type { Route } from '../../../functions/dashboard/http/route.ts';
import { createServices, type Services } from '../../../functions/dashboard/services.ts';
import type { World } from './dashboard-rig.ts';

/** Everybody who might ask. Whoever is nobody is told to sign in. */
const callers = {
  nobody: { rights: null, headers: () => ({}) },
  'another customer': { rights: ['sign-in', 'self'], headers: asPerson('stranger') },
  reader: { rights: ['sign-in', 'self', 'read'], headers: asPerson('reader') },
  writer: { rights: ['sign-in', 'self', 'read', 'write'], headers: asPerson('writer') },
  administrator: { rights: ['sign-in', 'self', 'read', 'write', 'admin'], headers: asPerson('admin') },
  'a foreign token of an administrator': { rights: null, headers: () => bearer('foreign-admin') },
  'an installation’s token': { rights: null, headers: () => bearer('ghs_admin') },
  'an administrator’s token to read': { rights: ['sign-in', 'read'], headers: withToken({ scope: 'read' }) },
  'an administrator’s token to run': { rights: ['sign-in', 'read', 'write'], headers: withToken({ scope: 'run' }) },
  'an administrator’s token to administer': {
    rights: ['sign-in', 'read', 'write', 'admin'],
    headers: withToken({ scope: 'admin' }),
  },
  'a reader’s token to administer': { rights: ['sign-in', 'read'], headers: withToken({ login: 'reader' }) },
  'an administrator’s token for another repository': {
    rights: ['sign-in'],
    headers: withToken({ repositories: [{ id: '43', fullName: 'mira/blog' }] }),
  },
  'the token of an administrator’s sign-in': {
    rights: ['sign-in', 'self', 'read', 'write', 'admin'],
    headers: withToken({ kind: 'login' }),
  },
  'a token that was revoked': {
    rights: null,
    headers: async (world: World) => {
      const headers = await withToken({})(world);
      const { tokens } = createServices(world.dashboard.outside, configurationOf(world.dashboard.settings));
      for (const { id } of await tokens.list('id-admin')) await tokens.revoke('id-admin', id);
      return headers;
    },
  },
  'a session that was ended': {
    rights: null,
    headers: async (world: World) => {
      const { sessions } = createServices(world.dashboard.outside, configurationOf(world.dashboard.settings));
      await sessions.endOf('id-admin', 'all');
      return { cookie: world.cookieOf('admin') };
    },
  },
  'a session that GitHub has ended': {
    rights: null,
    headers: (world: World) => {
      world.github.revoked.add('admin');
      return { cookie: world.cookieOf('admin') };
    },
  },
} as const satisfies Record<
  string,
  {
    readonly rights: readonly Route['needs'][] | null;
    readonly headers: HeadersOf;
  }
>;
export type CallerName = keyof typeof callers;
export type Headers_ = Readonly<Record<string, string>>;
type HeadersOf = (world: World, route: Route) => Headers_ | Promise<Headers_>;
export const callerNames = Object.keys(callers) as CallerName[];

export function may(name: CallerName, needs: Route['needs']): boolean {
  const rights: readonly Route['needs'][] = callers[name].rights ?? [];
  return needs === 'nothing' || rights.includes(needs);
}

/** Whether the caller is nobody, and is told to sign in. */
export function isNobody(name: CallerName): boolean {
  return callers[name].rights === null;
}

/** What the caller sends along, after what made them who they are. */
export async function headersOf(name: CallerName, world: World, route: Route): Promise<Headers_> {
  const { headers }: { readonly headers: HeadersOf } = callers[name];
  return await headers(world, route);
}

function bearer(token: string): Headers_ {
  return { authorization: `Bearer ${token}` };
}

/** People come to pages with a browser, and to the API with what the App gave their program. */
function asPerson(login: string) {
  return (world: World, route: Route): Headers_ =>
    route.face === 'api' ? bearer(login) : { cookie: world.cookieOf(login) };
}

function withToken(
  what: Partial<Parameters<Services['tokens']['make']>[1]> & { readonly login?: string },
): (world: World) => Promise<Headers_> {
  return async (world) => {
    const { login = 'admin', ...more } = what;
    const { tokens } = createServices(world.dashboard.outside, configurationOf(world.dashboard.settings));
    const made = { kind: 'made', name: 'a token', scope: 'admin', repositories: null, days: 1, ...more } as const;
    return bearer((await tokens.make({ id: `id-${login}`, login }, made)).token);
  };
}
