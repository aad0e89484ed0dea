import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, withBundle } from '../support/bundled.ts';
import type { takePictures } from './take.ts';

// Takes the pictures of the documentation anew.
const pictures = join(root, 'docs/pictures');
await mkdir(pictures, { recursive: true });
await withBundle('test/pictures/take.ts', async (file) => {
  const made = (await import(pathToFileURL(file).href)) as { readonly takePictures: typeof takePictures };
  await made.takePictures(pictures);
});
