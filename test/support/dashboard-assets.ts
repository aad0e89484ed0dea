import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Assets, createAssets } from '../../functions/dashboard/http/assets.ts';

const folder = fileURLToPath(new URL('../../functions/dashboard/', import.meta.url));

/** The page's style and script as the build makes them. */
export async function buildDashboardAssets(): Promise<Assets> {
  return createAssets({ style: await bundled('style/page.css'), script: await bundled('client/page.ts') });
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${folder}${entry}`],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
