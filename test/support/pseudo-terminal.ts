import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../../shared/config.ts';

/** Whether there is what {@link runOnTerminal} needs. */
export function hasPseudoTerminal(): boolean {
  return spawnSync('python3', ['-c', 'import pty'], { stdio: 'ignore' }).status === 0;
}

/**
 * Runs a program on a terminal of its own, as a person would: what is waited for appears, then the keys are pressed.
 * @returns what stood on the terminal, with single line ends, and the exit code (negative: the signal that ended it)
 */
export async function runOnTerminal(options: {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Environment;
  readonly dialogue: readonly { readonly waitFor: string; readonly press: string }[];
}): Promise<{ transcript: string; code: number }> {
  const { argv, cwd, environment } = options;
  const steps = options.dialogue.map(({ waitFor, press }) => [waitFor, press]);
  const child = spawn('python3', ['-c', driver], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(JSON.stringify({ argv, cwd, environment, steps }));
  await once(child, 'close');
  const told = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { transcript: string; code: number };
  return { ...told, transcript: told.transcript.replaceAll('\r\n', '\n') };
}

const driver = `
import json, os, pty, select, sys, time
spec = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(spec["cwd"])
    os.execvpe(spec["argv"][0], spec["argv"], {k: v for k, v in spec["environment"].items() if v is not None})
shown, seen, steps, deadline = b"", 0, spec["steps"], time.time() + 90
while time.time() < deadline:
    if not select.select([terminal], [], [], 0.5)[0]:
        continue
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    shown += data
    if steps and steps[0][0].encode() in shown[seen:]:
        seen = len(shown)
        os.write(terminal, steps.pop(0)[1].encode())
else:
    os.kill(pid, 9)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({"transcript": shown.decode("utf-8", "replace"), "code": code}))
`;
