import { spawn } from 'node:child_process';

/** What a git process said. Text of git may quote what a server or a commit says: it is foreign. */
export interface GitOutput {
  readonly ok: boolean;
  readonly stdout: Buffer;
  /** The end of what it complained about, without credentials. */
  readonly complaint: string;
}

export interface Git {
  run(args: readonly string[], options?: GitOptions): Promise<GitOutput>;
}

export interface GitOptions {
  /** Works on the work tree; without it, on the mirror alone. */
  readonly inTree?: boolean;
  /** Gives this one process the credential, for this one URL. */
  readonly credential?: { readonly url: string; readonly token: string };
  readonly timeoutMs?: number;
  /** What it reads. */
  readonly input?: Buffer;
  /** Bytes of output that are kept; a process that says more fails. */
  readonly maxOutput?: number;
}

const complaintLimit = 4_096;

/**
 * Puts the content that is here already in a pointer's place, while git writes the work tree: so git knows the file as it
 * writes it, and leaves it alone until its pointer changes. What is no pointer, or none of ours, stays as it is.
 */
const lfsSmudge = [
  // By single bytes: what comes behind them is left for the other `cat`, however large it is.
  'f=$(mktemp) && dd bs=1 count=1024 2>/dev/null >"$f" || exit 1',
  String.raw`o=$(sed -n 's/^oid sha256:\([0-9a-f]\{64\}\)$/\1/p' "$f")`,
  'if [ -f "$YB_LFS/${o:-none}" ]; then cat "$YB_LFS/$o"; else cat "$f" -; fi',
  'code=$?',
  'rm -f "$f"',
  'exit "$code"',
].join('; ');

/** The way back, for a file of which git cannot tell by its times whether it is what was written. */
const lfsClean = [
  'f=%f',
  'o=$( { sha256sum <"$f" 2>/dev/null || shasum -a 256 <"$f"; } | cut -c 1-64)',
  '[ -f "$YB_LFS/${o:-none}" ] || exec cat',
  String.raw`printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %s\n' "$o" "$(($(wc -c <"$f")))"`,
].join('; ');

/**
 * git over one mirror, one index and one work tree, which obeys no configuration but the one written here and the
 * mirror's own: no system or user files, no hooks, no filter but the one below, no credential helpers, no redirects, no protocol but https (and http where the local system allows it).
 */
export function createGit(options: {
  readonly mirror: string;
  readonly index: string;
  readonly tree: string;
  readonly path: string;
  /** Where the files of Git LFS are, by their SHA-256. */
  readonly lfs: string;
  readonly allowInsecure: boolean;
  readonly signal: AbortSignal;
}): Git {
  const configuration: Record<string, string> = {
    'core.hooksPath': '/dev/null',
    'core.fsmonitor': 'false',
    // Names that some file system takes for `.git`, whatever this volume's is.
    'core.protectHFS': 'true',
    'core.protectNTFS': 'true',
    'core.attributesFile': '/dev/null',
    'core.excludesFile': '/dev/null',
    'core.autocrlf': 'false',
    'credential.helper': '',
    'protocol.allow': 'never',
    'protocol.https.allow': 'always',
    ...(options.allowInsecure ? { 'protocol.http.allow': 'always' } : {}),
    'http.followRedirects': 'false',
    // A host that sends next to nothing for a minute is a host that is gone.
    'http.lowSpeedLimit': '1000',
    'http.lowSpeedTime': '60',
    'filter.lfs.smudge': lfsSmudge,
    'filter.lfs.clean': lfsClean,
    'submodule.recurse': 'false',
    'fetch.recurseSubmodules': 'false',
    // Nothing may go on in the background over the volume.
    'gc.auto': '0',
    'gc.autoDetach': 'false',
    'maintenance.auto': 'false',
    'advice.detachedHead': 'false',
  };
  const environment = {
    PATH: options.path,
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_DIR: options.mirror,
    GIT_INDEX_FILE: options.index,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_PROTOCOL_FROM_USER: '0',
    YB_LFS: options.lfs,
  };
  return {
    run: async (args, { inTree = false, credential, timeoutMs = 600_000, input, maxOutput = 1024 * 1024 } = {}) => {
      const authorization = credential === undefined ? undefined : authorizationOf(credential.token);
      const scoped =
        credential === undefined || authorization === undefined
          ? {}
          : { [`http.${credential.url}.extraHeader`]: `Authorization: ${authorization}` };
      const child = spawn('git', args, {
        cwd: inTree ? options.tree : options.mirror,
        env: {
          ...environment,
          ...(inTree ? { GIT_WORK_TREE: options.tree } : {}),
          ...asEnvironment({ ...configuration, ...scoped }),
        },
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        signal: AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]),
        killSignal: 'SIGKILL',
      });
      child.stdin?.on('error', () => {
        // It ended first, and its exit code tells.
      });
      child.stdin?.end(input);
      return await collect(child, { maxOutput, secrets: credential === undefined ? [] : secretsOf(credential.token) });
    },
  };
}

/** The header's value for a token of the host. */
export function authorizationOf(token: string): string {
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
}

function secretsOf(token: string): string[] {
  return [authorizationOf(token).slice('Basic '.length), token];
}

/** Configuration that only one process sees: git-config(1), GIT_CONFIG_COUNT. */
function asEnvironment(configuration: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(configuration);
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(entries.length) };
  for (const [index, [key, value]] of entries.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return variables;
}

async function collect(
  child: ReturnType<typeof spawn>,
  limits: { readonly maxOutput: number; readonly secrets: readonly string[] },
): Promise<GitOutput> {
  const output: Buffer[] = [];
  let size = 0;
  let complaint = '';
  child.stdout?.on('data', (data: Buffer) => {
    size += data.length;
    if (size <= limits.maxOutput) output.push(data);
    else child.kill('SIGKILL');
  });
  child.stderr?.on('data', (data: Buffer) => {
    complaint = (complaint + data.toString('utf8')).slice(-complaintLimit);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      complaint += error.name === 'AbortError' ? '\ngit was stopped: it took too long' : `\ngit: ${error.message}`;
    });
    child.once('close', resolve);
  });
  return {
    ok: code === 0 && size <= limits.maxOutput,
    stdout: Buffer.concat(output),
    complaint: limits.secrets.reduce((text, secret) => text.replaceAll(secret, '***'), complaint).trim(),
  };
}
