import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runYb } from './run-yb.ts';

const run = promisify(execFile);

/** What bash itself offers for a line, with the cursor at its end. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const script = (await runYb(['completion', 'bash'])).stdout;
  const typed = words.map((word) => `'${word}'`).join(' ');
  const ask = `${script}\nCOMP_WORDS=(yb ${typed}); COMP_CWORD=${words.length}; _yb; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['--norc', '-u', '-c', ask]);
  return stdout.trimEnd().split('\n');
}

describe('the completion', () => {
  it.each([
    [['ru'], ['runs', 'run']],
    [
      ['token', ''],
      ['make', 'list', 'revoke'],
    ],
    [['rerun', '--no'], ['--no-cache']],
    [['logs', 'abc', '--fa'], ['--failed']],
    [['token', 'make', '--s'], ['--scope']],
    [['nothing', ''], ['']],
  ])('offers after %j in bash what may follow', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });

  it.each(['bash', 'zsh', 'fish'])('for %s knows every command and its options', async (shell) => {
    const { code, stdout } = await runYb(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['setup-repo', 'approve', 'completion', '--no-cache', '--shown-to'])
      expect(stdout).toContain(word);
  });

  it('of another shell is not there', async () => {
    expect(await runYb(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' });
  });
});
