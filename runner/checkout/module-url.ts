/** Where a submodule is, and whether the repository's credential may be shown there. */
export type ModuleAddress =
  | { readonly url: string; readonly mayUseCredential: boolean }
  /** A sentence for a person: why it is no address that can be fetched from. */
  | { readonly refused: string };

/**
 * Makes an address of what `.gitmodules` says, as git does: relative ones go from the repository that names them. An address
 * for ssh on the host of the repository means the same over https; every other one must be https (and http where that is
 * allowed). The credential is for the repository itself and for those that its owner has named, whoever names the address: a commit
 * could otherwise have the credential read whatever else it opens.
 */
export function moduleAddress(options: {
  readonly url: string;
  /** Of the repository whose `.gitmodules` it is. */
  readonly parent: string;
  /** Of the repository that has the credential. */
  readonly own: string;
  /** Of others at which the credential may be shown. */
  readonly named: readonly string[];
  readonly allowInsecure: boolean;
}): ModuleAddress {
  const { url, parent, own, named, allowInsecure } = options;
  const absolute = /^\.\.?(\/|$)/.test(url) ? relativeTo(parent, url) : overHttps(url, new URL(own).host);
  if (absolute === null || !URL.canParse(absolute)) return { refused: 'its address must be an https one' };
  const address = new URL(absolute);
  const known = address.protocol === 'https:' || (address.protocol === 'http:' && allowInsecure);
  if (!known) return { refused: 'its address must be an https one' };
  if (address.password !== '') return { refused: 'its address has a password in it' };
  // A name without a password is whose clone it was: it opens nothing, and is not said to anybody.
  address.username = '';
  if (address.search !== '' || address.hash !== '') return { refused: 'its address cannot be understood' };
  const plain = address.href.replace(/\/+$/, '');
  return { url: plain, mayUseCredential: [own, ...named].some((known) => isSame(plain, known)) };
}

/** `../` takes a part of the parent's address away, `./` none: git-submodule(1). */
function relativeTo(parent: string, url: string): string | null {
  const base = new URL(parent);
  const parts = base.pathname.split('/').filter(Boolean);
  let rest = url;
  for (let match = /^\.\.?(?:\/+|$)/.exec(rest); match !== null; match = /^\.\.?(?:\/+|$)/.exec(rest)) {
    if (rest.startsWith('..') && parts.pop() === undefined) return null;
    rest = rest.slice(match[0].length);
  }
  return rest === '' ? null : `${base.origin}/${[...parts, rest].join('/')}`;
}

function overHttps(url: string, host: string): string {
  const [, sshHost, path] = /^(?:ssh:\/\/)?(?:[\w.-]+@)([\w.-]+)(?::(?!\d+\/)|\/|:\d+\/)\/*(.+)$/.exec(url) ?? [];
  // Hosts that also speak ssh on the port of https do so under another name (ssh.github.com, altssh.gitlab.com).
  const named = sshHost?.toLowerCase().replace(/^(?:alt)?ssh\.(?=[^.]+\.[^.]+)/, '');
  return named === host && path !== undefined ? `https://${host}/${path}` : url;
}

/** Hosts compare names without the case of their letters, and lead to a repository with `.git` and without. */
function isSame(address: string, known: string): boolean {
  const plain = (url: string): string => {
    const { origin, pathname } = new URL(url);
    return `${origin}${pathname
      .replace(/\/+$/, '')
      .replace(/\.git$/i, '')
      .toLowerCase()}`;
  };
  return plain(address) === plain(known);
}
