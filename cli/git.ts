import { spawn } from 'node:child_process';
import type { Environment } from '../shared/config.ts';
import { CommandError } from './command.ts';
import { oneLine } from './text.ts';

/** Runs git so that nothing it starts can ask anybody anything, and a token is seen by the network commands alone. */
export interface Git {
  /** Resolves with whatever exit code. Rejects if git cannot be started or the person interrupts. */
  run(args: readonly string[], options: GitRun): Promise<GitResult>;
  /** As {@link Git.run}, for what must end with 0; resolves to stdout without the line end. */
  output(args: readonly string[], options: GitRun & { readonly doing: string }): Promise<string>;
}

export interface GitRun {
  readonly cwd: string;
  /** The one repository on the network that this command talks to. */
  readonly remote?: Remote;
  readonly environment?: Environment;
}

export interface Remote {
  readonly url: string;
  readonly token: string;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const maxOutput = 4 * 1024 * 1024;

/** Where git would look for another repository than that of its folder, would tell secrets, or would ask. */
const dropped =
  /^(?:GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|CONFIG|QUARANTINE_PATH|CURL_VERBOSE|SSL_NO_VERIFY|TRACE.*)|GITHUB_TOKEN|GH_TOKEN|YB_CREDENTIAL_TOKEN|DISPLAY|WAYLAND_DISPLAY|GPG_TTY)$/;

export function createGit(options: { readonly environment: Environment; readonly signal: AbortSignal }): Git {
  const run: Git['run'] = async (args, { cwd, remote, environment = {} }) =>
    await start({
      args,
      cwd,
      environment: { ...gitEnvironment(options.environment, remote), ...environment },
      signal: options.signal,
      hide: remote === undefined ? [] : [remote.token, basic(remote.token)],
    });
  return {
    run,
    output: async (args, { doing, ...how }) => {
      const result = await run(args, how);
      if (result.code === 0) return result.stdout.replace(/\n+$/, '');
      throw new CommandError('conflict', {
        what: `git could not ${doing}`,
        why: whatGitSaid(result),
        ...(how.remote === undefined ? {} : { next: 'The token needs: contents (write, to add files; else read).' }),
      });
    },
  };
}

/** The lines of git, and of the other side, that say what is wrong. */
export function whatGitSaid({ stderr, code }: GitResult): string {
  // Where a token is refused git would ask, and says that it may not: that would help nobody.
  if (/^fatal: could not read (?:Username|Password)/m.test(stderr))
    return 'It does not accept the token in GITHUB_TOKEN.';
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /^(?:fatal|error|remote): ?/.test(line));
  const said = oneLine((telling.length > 0 ? telling : lines).slice(-4).join(' '));
  return said === '' ? `git ended with ${code} and without a word.` : `${said}.`;
}

/** The environment of git: the person's own, less what leads astray or asks. Exported for its test. */
export function gitEnvironment(own: Environment, remote?: Remote): Environment {
  const kept = Object.fromEntries(Object.entries(own).filter(([name]) => !dropped.test(name)));
  const settings: (readonly [string, string])[] = [
    // An empty helper makes git forget those that were set before it.
    ['credential.helper', ''],
    ['credential.interactive', 'false'],
    ['core.askPass', ''],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ['advice.detachedHead', 'false'],
  ];
  if (remote !== undefined) settings.push(...remoteSettings(remote));
  const first = /^\d{1,4}$/.test(kept['GIT_CONFIG_COUNT'] ?? '') ? Number(kept['GIT_CONFIG_COUNT']) : 0;
  const config = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, key] as const,
    [`GIT_CONFIG_VALUE_${first + index}`, value] as const,
  ]);
  return {
    ...kept,
    ...Object.fromEntries(config),
    GIT_CONFIG_COUNT: String(first + settings.length),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GCM_INTERACTIVE: 'never',
    GIT_SSH_COMMAND: `${kept['GIT_SSH_COMMAND'] ?? 'ssh'} -o BatchMode=yes`,
    GIT_EDITOR: ':',
    GIT_SEQUENCE_EDITOR: ':',
    GIT_PAGER: 'cat',
    LC_ALL: 'C',
  };
}

/**
 * The token as a header for this one URL. It stands in the environment, which others on the machine cannot read, and
 * neither in the arguments nor in a file.
 */
function remoteSettings({ url, token }: Remote): (readonly [string, string])[] {
  return [
    // A person's own rewriting (to ssh, most often) would lead elsewhere; the longest prefix wins, and that is this one.
    [`url.${url}.insteadOf`, url],
    [`url.${url}.pushInsteadOf`, url],
    [`credential.${url}.helper`, ''],
    // Empty first: an Authorization header of the person's own beside ours would be refused.
    [`http.${url}.extraHeader`, ''],
    [`http.${url}.extraHeader`, `Authorization: Basic ${basic(token)}`],
    // After a redirect git would send its headers to the other host.
    [`http.${url}.followRedirects`, 'false'],
    [`http.${url}.sslVerify`, 'true'],
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '60'],
  ];
}

function basic(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

async function start(command: {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly hide: readonly string[];
}): Promise<GitResult> {
  const { args, cwd, environment, signal, hide } = command;
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    // Detached is a session of its own: without a terminal, so that no helper, hook or signing program can open one.
    const child = spawn('git', args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const stop = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGTERM');
      } catch {
        // It has ended by itself.
      }
    };
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', (cause) => {
      signal.removeEventListener('abort', stop);
      reject(notStarted(cause));
    });
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(new CommandError('conflict', { what: 'git was interrupted' }));
      else resolve({ code: code ?? 128, stdout: without(hide, stdout()), stderr: without(hide, stderr()) });
    });
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxOutput) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function without(hidden: readonly string[], text: string): string {
  return hidden.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

function notStarted(cause: NodeJS.ErrnoException): CommandError {
  const missing = cause.code === 'ENOENT';
  return new CommandError(
    'bad-settings',
    missing
      ? { what: 'git is not installed, or not on the PATH', next: 'Install it: https://git-scm.com/downloads' }
      : { what: `git cannot be started (${cause.code ?? 'no reason given'})` },
    { cause },
  );
}
