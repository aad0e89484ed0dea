import { join } from 'node:path';
import { startBrowsing } from '../functions/dashboard/browsing.ts';
import { addScenes } from '../functions/dashboard/scenes.ts';

/** Of which page a picture is, by the name of its file. */
const pages = (scenes: Awaited<ReturnType<typeof addScenes>>) => ({
  'failed-run': { path: `/runs/${scenes['failed']?.id ?? ''}`, height: 820 },
  'broken-run': { path: `/runs/${scenes['broken']?.id ?? ''}`, height: 620 },
  'running-run': { path: `/runs/${scenes['running']?.id ?? ''}`, height: 720 },
  repository: { path: '/mira/shop', height: 820 },
  'flaky-test': { path: '/mira/shop/targets?label=%2F%2Ffetch%3Afetcher_test', height: 820 },
});

/** Takes the pictures of the documentation, of pages that the tests open too. */
export async function takePictures(folder: string): Promise<void> {
  const browsing = await startBrowsing();
  try {
    const scenes = await addScenes(browsing.world);
    browsing.world.clock.advance(13 * 60_000);
    for (const [name, { path, height }] of Object.entries(pages(scenes))) {
      const page = await browsing.open(path, { width: 1200 });
      await page.setViewportSize({ width: 1200, height });
      await page.screenshot({ path: join(folder, `${name}.png`) });
    }
  } finally {
    await browsing.close();
  }
}
