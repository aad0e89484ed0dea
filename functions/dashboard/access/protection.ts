import type { Context, MiddlewareHandler } from 'hono';

/** Scripts and styles come from our own files alone, and nothing from elsewhere; no page of another site may show ours. */
function contentSecurityPolicy(githubUrl: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    // A form that is sent after the session has ended leads to the sign-in at GitHub, and browsers check redirects too.
    `form-action 'self' ${new URL(githubUrl).origin}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Headers of every answer. What is shown belongs to one person, so nothing is kept by caches unless a route says otherwise. */
export function protection(options: { readonly dashboardUrl: string; readonly githubUrl: string }): MiddlewareHandler {
  const policy = contentSecurityPolicy(options.githubUrl);
  const secure = options.dashboardUrl.startsWith('https:');
  return async (context, next) => {
    await next();
    const { headers } = context.res;
    headers.set('content-security-policy', policy);
    headers.set('x-content-type-options', 'nosniff');
    // Not `no-referrer`: with it a browser sends `Origin: null` with our own forms.
    headers.set('referrer-policy', 'same-origin');
    headers.set('x-frame-options', 'DENY');
    headers.set('cross-origin-opener-policy', 'same-origin');
    if (!headers.has('cross-origin-resource-policy')) headers.set('cross-origin-resource-policy', 'same-origin');
    headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
    if (secure) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
    if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-store');
  };
}

/**
 * Whether a browser sent the request from one of our own pages. A request with neither of the two headers came from no
 * browser of today, and whoever is no browser has no use for a cookie.
 */
export function isFromOurPages(context: Context, dashboardUrl: string): boolean {
  const site = context.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  return context.req.header('origin') === new URL(dashboardUrl).origin;
}

/**
 * Where to go after signing in: a path of ours, and nothing else. What a link brought along may be anything, such as
 * `//evil.example`, `/\evil.example` or `javascript:`.
 */
export function safeReturnPath(value: string | undefined, dashboardUrl: string): string {
  if (value === undefined || value.length > 1024 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(value)) return '/';
  const base = new URL(dashboardUrl);
  const url = URL.parse(value, base.href);
  if (url === null || url.origin !== base.origin || url.pathname.startsWith('/auth/')) return '/';
  // A path that normalises to `//host` would be another host in a Location header.
  const path = `${url.pathname}${url.search}${url.hash}`;
  return /^\/(?![/\\])/.test(path) ? path : '/';
}
