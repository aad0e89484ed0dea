/** Who did it, and when; `date` keeps the offset that the person's machine had. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

/** Reads the output of `git cat-file --batch` for commits. Objects that are not commits, or are missing, are left out. */
export function parseCommits(output: Buffer): Commit[] {
  const commits: Commit[] = [];
  let position = 0;
  while (position < output.length) {
    const end = output.indexOf(0x0a, position);
    if (end === -1) break;
    const header = /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(output.toString('latin1', position, end));
    position = end + 1;
    if (header !== null) {
      const [, sha = '', type = '', size = '0'] = header;
      const body = output.toString('utf8', position, position + Number(size));
      position += Number(size) + 1;
      if (type === 'commit') commits.push(parseCommit(sha, body));
    }
  }
  return commits;
}

function parseCommit(sha: string, body: string): Commit {
  const blank = body.indexOf('\n\n');
  const head = blank === -1 ? body : body.slice(0, blank);
  const fields = head.split('\n');
  const field = (name: string): string[] =>
    fields.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    sha,
    tree: field('tree')[0] ?? '',
    parents: field('parent'),
    author: parseSignature(field('author')[0] ?? ''),
    committer: parseSignature(field('committer')[0] ?? ''),
    // GitHub's API tells the message without the line break that git ends it with.
    message: blank === -1 ? '' : body.slice(blank + 2).replace(/\n+$/, ''),
  };
}

function parseSignature(text: string): Signature {
  const [, name = '', email = '', seconds = '0', offset = '+0000'] =
    /^(.*?) ?<(.*?)> (\d+) ([+-]\d{4})$/.exec(text) ?? [];
  return { name, email, date: withOffset(Number(seconds), offset) };
}

/** `2026-01-02T03:04:05+02:00`, with `Z` for no offset. */
function withOffset(seconds: number, offset: string): string {
  const minutes = (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5))) * (offset.startsWith('-') ? -1 : 1);
  const time = new Date((seconds + minutes * 60) * 1000);
  if (Number.isNaN(time.getTime())) return '1970-01-01T00:00:00Z';
  const text = time.toISOString().slice(0, 19);
  return minutes === 0 ? `${text}Z` : `${text}${offset.slice(0, 3)}:${offset.slice(3)}`;
}
