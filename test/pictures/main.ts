import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundled, root } from '../support/bundled.ts';
import type { takePictures } from './take.ts';

// Takes the pictures of the documentation anew.
const folder = await mkdtemp(join(root, 'node_modules/.pictures-'));
try {
  const program = join(folder, 'take.mjs');
  await bundled('test/pictures/take.ts', program);
  const made = (await import(pathToFileURL(program).href)) as { readonly takePictures: typeof takePictures };
  const pictures = join(root, 'docs/pictures');
  await mkdir(pictures, { recursive: true });
  await made.takePictures(pictures);
} finally {
  await rm(folder, { recursive: true, force: true });
}
