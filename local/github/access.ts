import type { Caller } from './caller.ts';
import { authenticationRequired, forbidden, notFound } from './errors.ts';
import { Permission, type Repository, type Resource, type Token } from './state.ts';
import { type Store, sameName } from './store.ts';

/** The role of a user on a repository, whatever token he comes with; null: it does not exist for him. */
export function roleOf(repository: Repository, userId: number | undefined): Permission | null {
  if (userId === repository.ownerId) return 'admin';
  const collaborator = repository.collaborators.find((candidate) => candidate.userId === userId);
  return collaborator?.permission ?? (repository.private ? null : 'pull');
}

/** Whether a role holds at least the rights of another. */
export function atLeast(role: Permission | null, wanted: Permission): boolean {
  return role !== null && Permission.options.indexOf(role) >= Permission.options.indexOf(wanted);
}

/** What a request does to a repository. */
export interface Wish {
  readonly resource: Resource | 'metadata';
  readonly access: 'read' | 'write';
  readonly role: Permission;
}

export const seeing: Wish = { resource: 'metadata', access: 'read', role: 'pull' };
export const reading: Wish = { resource: 'contents', access: 'read', role: 'pull' };
export const pushing: Wish = { resource: 'contents', access: 'write', role: 'push' };
export const administering: Wish = { resource: 'administration', access: 'write', role: 'admin' };

/** What follows from the right of a caller: `hidden` is told as 404, `forbidden` as 403, `anonymous` as 401. */
export type Decision = 'allowed' | 'hidden' | 'anonymous' | 'token-too-narrow' | 'role-too-low' | 'archived';

/** Decides about one wish. A token never gives more than the role of its user. */
export function decide(options: {
  readonly store: Store;
  readonly repository: Repository;
  readonly caller: Caller | null;
  readonly wish: Wish;
}): Decision {
  const { repository, caller, wish } = options;
  const opens = caller === null || opensRepository(options.store, caller.token, repository);
  const role = caller !== null && isInstalled(caller, opens) ? 'admin' : roleOf(repository, caller?.user.id);
  if (role === null || (repository.private && !opens)) return 'hidden';
  // Everybody reads what is public.
  if (wish.access === 'read' && wish.role === 'pull' && !repository.private) return 'allowed';
  if (caller === null) return 'anonymous';
  if (!atLeast(role, wish.role)) return 'role-too-low';
  if (!opens || !narrowedTo(caller.token, wish)) return 'token-too-narrow';
  // An archived repository can be read, taken out of the archive, and deleted.
  if (repository.archived && wish.access === 'write' && wish.resource !== 'administration') return 'archived';
  return 'allowed';
}

/** @throws GitHubError unless the caller may do it, in the words of the REST API */
export function assertAllowed(options: Parameters<typeof decide>[0]): void {
  const decision = decide(options);
  switch (decision) {
    case 'allowed':
      return;
    case 'hidden':
      throw notFound();
    case 'anonymous':
      throw authenticationRequired();
    case 'archived':
      throw forbidden('Repository was archived so is read-only.');
    case 'token-too-narrow':
      throw forbidden('Resource not accessible by personal access token');
    case 'role-too-low':
      if (options.wish.resource === 'webhooks') throw notFound();
      throw forbidden(
        options.wish.role === 'admin'
          ? 'Must have admin rights to Repository.'
          : 'Must have push access to Repository.',
      );
  }
}

/** Whether an installation of the application asks for what it was installed on: its permissions are in its token. */
function isInstalled({ token }: Caller, opens: boolean): boolean {
  return token.installation !== null && opens;
}

function opensRepository(store: Store, token: Token, repository: Repository): boolean {
  if (token.scopes !== null) {
    return token.scopes.includes('repo') || (!repository.private && token.scopes.includes('public_repo'));
  }
  return token.repositories === null || token.repositories.some((name) => sameName(name, store.fullName(repository)));
}

function narrowedTo(token: Token, wish: Wish): boolean {
  if (token.permissions === null || wish.resource === 'metadata') return true;
  const given = token.permissions[wish.resource];
  return given === 'write' || given === wish.access;
}
