import type { Context } from 'hono';
import { html } from 'hono/html';
import type { JSX } from 'hono/jsx/jsx-runtime';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Answers with a page. */
export async function showPage(context: Context, page: JSX.Element, status: ContentfulStatusCode): Promise<Response> {
  return await context.html(html`<!doctype html>${page}`, status);
}
