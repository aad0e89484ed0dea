import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNodeError } from './node-error.ts';
import { parseJson } from '../../shared/json.ts';
import { type CommitComment, type Hook, type Repository, State, type User } from './state.ts';

/** The state in memory and its file. Callers change `state` in place and then await {@link Store.save}. */
export interface Store {
  readonly state: State;
  /** A number that no other thing of this server has, nor had. */
  nextId(): number;
  /** Resolves when everything changed before the call is in the file; many calls share one write. */
  save(): Promise<void>;
  userById(id: number): User | undefined;
  userByLogin(login: string): User | undefined;
  repositoryById(id: number): Repository | undefined;
  /** By `owner/name`, whatever the case of its letters. Former names are not looked at. */
  repositoryByName(fullName: string): Repository | undefined;
  /** One that had this name, and leads here. */
  repositoryByFormerName(fullName: string): Repository | undefined;
  fullName(repository: Repository): string;
  hooksOf(repoId: number): Hook[];
  /** What was said about commits of a repository, oldest first. */
  commentsOf(repoId: number): readonly CommitComment[];
}

/** Opens the state below `stateDir`, or makes what `initial` says when there is none yet. */
export async function openStore(options: { readonly stateDir: string; readonly initial: () => State }): Promise<Store> {
  const file = join(options.stateDir, 'state.json');
  await mkdir(options.stateDir, { recursive: true });
  const state = (await readState(file)) ?? options.initial();
  const save = createSaver({ file, text: () => JSON.stringify(state) });

  const fullName = (repository: Repository): string => {
    const owner = state.users.find(({ id }) => id === repository.ownerId);
    return `${owner?.login ?? 'ghost'}/${repository.name}`;
  };
  const store: Store = {
    state,
    nextId: () => {
      state.lastId += 1;
      return state.lastId;
    },
    save,
    userById: (id) => state.users.find((user) => user.id === id),
    userByLogin: (login) => state.users.find((user) => sameName(user.login, login)),
    repositoryById: (id) => state.repositories.find((repository) => repository.id === id),
    repositoryByName: (name) => state.repositories.find((repository) => sameName(fullName(repository), name)),
    repositoryByFormerName: (name) =>
      state.repositories.find(({ formerNames }) => formerNames.some((former) => sameName(former, name))),
    fullName,
    commentsOf: (repoId) => state.comments[String(repoId)] ?? [],
    hooksOf: (repoId) => state.hooks.filter((hook) => hook.repoId === repoId),
  };
  await save();
  return store;
}

/** Those who can sit before a page: no bot. */
export function people({ state }: Pick<Store, 'state'>): User[] {
  return state.users.filter(({ login }) => !login.endsWith('[bot]'));
}

/** GitHub keeps the case of names and compares without it. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

async function readState(file: string): Promise<State | null> {
  try {
    return parseJson(State, await readFile(file, 'utf8'), { what: file, code: 'malformed-document' });
  } catch (error) {
    if (isNodeError(error, 'ENOENT')) return null;
    throw error;
  }
}

/** One write at a time; those who ask during one share the next. */
function createSaver(options: { readonly file: string; readonly text: () => string }): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | null = null;

  const write = async (): Promise<void> => {
    const temporary = `${options.file}.new`;
    await writeFile(temporary, options.text(), { mode: 0o600 });
    await rename(temporary, options.file);
  };
  return async () => {
    if (waiting === null) {
      const begin = async (): Promise<void> => {
        waiting = null;
        await write();
      };
      waiting = running.then(begin, begin);
      running = waiting;
    }
    await waiting;
  };
}
