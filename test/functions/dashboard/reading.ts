import { expect } from 'vitest';
import type { World } from './dashboard-rig.ts';

/** A page as somebody who is signed in gets it. */
export async function page(world: World, path: string, login = 'writer'): Promise<string> {
  const response = await world.app.request(path, { headers: { cookie: world.cookieOf(login) } });
  expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
  return await response.text();
}

/** What a person reads of it, in one line. */
export function words(html: string): string {
  return html
    .replaceAll(/<(?:script|noscript|title)[^>]*>.*?<\/(?:script|noscript|title)>/gs, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}
