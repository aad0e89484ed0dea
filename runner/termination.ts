import { writeFileSync } from 'node:fs';

/** Kubernetes keeps this much of a termination message. */
const limit = 4_096;

/** Leaves one line of JSON, `{code, message}`, where the kubelet finds a container's last words. */
export function writeTerminationMessage(file: string, code: number, message: string): void {
  const line = JSON.stringify({ code, message: message.slice(0, limit / 4) });
  try {
    writeFileSync(file, `${line}\n`);
  } catch {
    // Without a kubelet there is no such file; the exit code says the same.
  }
}
