import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { jsonOrNull } from '../shared/json.ts';
import * as z from 'zod';
import { CommandError } from './command.ts';

const SignIn = z.object({ token: z.string().min(1), login: z.string() });
export type SignIn = z.output<typeof SignIn>;
const File = z.object({ v: z.literal(1), servers: z.record(z.string(), SignIn) });

/** The person's sign-ins, by the server's address: a file of the person's own that nobody else can read. */
export interface SignIns {
  /** Where they are kept. */
  readonly file: string;
  read(server: string): Promise<SignIn | null>;
  keep(server: string, signIn: SignIn): Promise<void>;
  /** @returns whether there was one */
  forget(server: string): Promise<boolean>;
}

/** @param folder `$XDG_CONFIG_HOME`, or `.config` of the home folder (https://specifications.freedesktop.org/basedir-spec/) */
export function createSignIns(folder: string): SignIns {
  const file = join(folder, 'yb', 'sign-ins.json');
  const readAll = async (): Promise<z.output<typeof File>['servers']> => {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return {};
    const parsed = File.safeParse(jsonOrNull(text));
    if (parsed.success) return parsed.data.servers;
    throw new CommandError('bad-settings', { what: `${file} cannot be read`, next: 'Remove it, then type: yb login' });
  };
  const write = async (servers: z.output<typeof File>['servers']): Promise<void> => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const next = `${file}.${process.pid}`;
    try {
      await writeFile(next, `${JSON.stringify({ v: 1, servers }, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
      await rename(next, file);
    } finally {
      await rm(next, { force: true });
    }
  };
  return {
    file,
    read: async (server) => (await readAll())[server] ?? null,
    keep: async (server, signIn) => {
      await write({ ...(await readAll()), [server]: signIn });
    },
    forget: async (server) => {
      const { [server]: known, ...others } = await readAll();
      if (known !== undefined) await write(others);
      return known !== undefined;
    },
  };
}
