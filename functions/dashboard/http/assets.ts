import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A file that pages link to. Its name holds a hash of its content, so that it may be kept for ever. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly content: string;
}

export interface Assets {
  readonly style: Asset;
  readonly script: Asset;
  readonly icon: Asset;
}

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1b5fc4"/>' +
  '<path d="m8.5 17 5 5L24 10.500" fill="none" stroke="#fff" stroke-width="3.600" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/** The assets of these contents. */
export function createAssets(options: { readonly style: string; readonly script: string }): Assets {
  return {
    style: asset('page', 'css', 'text/css; charset=utf-8', options.style),
    script: asset('page', 'js', 'text/javascript; charset=utf-8', options.script),
    icon: asset('icon', 'svg', 'image/svg+xml', icon),
  };
}

/** Reads `page.css` and `page.js`, which the build puts beside the function's bundle. */
export function readAssets(folder: URL): Assets {
  const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
  return createAssets({ style: read('page.css'), script: read('page.js') });
}

function asset(name: string, extension: string, type: string, content: string): Asset {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return { path: `/assets/${name}-${hash}.${extension}`, type, content };
}
