import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { getRequestListener } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { freePort } from '../../../local/ports.ts';
import { startBrowser } from '../../support/browser.ts';
import { buildDashboardAssets } from '../../support/dashboard-assets.ts';
import { createWorld, register, shop, type World } from './dashboard-rig.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Generous: the machine may have other things to do. */
export const patience = { timeout: 20_000 };

/** All rules of axe. */
export const everything = '{}';

/** A dashboard on a port of this machine, and a browser in which somebody with every right has signed in. */
export interface Browsing {
  readonly world: World;
  readonly url: string;
  open(
    path: string,
    options?: {
      readonly width?: number;
      readonly dark?: boolean;
      readonly javaScript?: boolean;
      readonly signedIn?: boolean;
    },
  ): Promise<Page>;
  close(): Promise<void>;
}

export async function startBrowsing(): Promise<Browsing> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const repositories = [{ ...shop }, { ...shop, id: '43', fullName: 'mira/blog' }];
  const world = await createWorld({ assets: await buildDashboardAssets(), url, repositories });
  await register(world, shop);
  // eslint-disable-next-line typescript/no-misused-promises -- the listener answers failures itself
  const server = createServer(getRequestListener(world.app.fetch));
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const browser = await startBrowser();
  return {
    world,
    url,
    async open(path, { width = 1440, dark = false, javaScript = true, signedIn = true } = {}) {
      const context = await browser.newContext({
        viewport: { width, height: 800 },
        colorScheme: dark ? 'dark' : 'light',
        javaScriptEnabled: javaScript,
        reducedMotion: 'reduce',
      });
      const [name = '', ...value] = world.cookieOf('admin').split('=');
      if (signedIn) await context.addCookies([{ name, value: value.join('='), domain: '127.0.0.1', path: '/' }]);
      const page = await context.newPage();
      await page.goto(`${url}${path}`);
      return page;
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

interface AxeReport {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** What axe finds on a page with everything on it unfolded, and whether it can be moved sideways. */
export async function complaints(page: Page, rules: string): Promise<string[]> {
  await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
  // By the debugger's door: the page's own policy lets no other script in.
  await page.evaluate(axe);
  const report = (await page.evaluate(`axe.run(${rules})`)) as AxeReport;
  const wider = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
  return [
    ...report.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)),
    ...(wider === true ? ['wider than the window'] : []),
  ];
}
