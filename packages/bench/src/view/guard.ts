import { timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

/** Nobody may show what is served here in a frame of theirs. */
const noFrames = "frame-ancestors 'none'";

/** The policy of a page, as a header. */
export const policyHeader = (policy: string) => ({ 'Content-Security-Policy': `${policy}; ${noFrames}` });

/**
 * Headers of every answer, also of refusals and errors: nothing may be loaded or framed but what a page's own policy lets in, types are
 * as they are said to be, and the address with its token goes nowhere.
 */
export const hardened: MiddlewareHandler = async (context, next) => {
  const headers = {
    ...policyHeader("default-src 'none'"),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  };
  for (const [name, value] of Object.entries(headers)) context.header(name, value);
  await next();
};

/** Refuses requests under a name that is not this machine's own: another site's name may be made to point here (DNS rebinding). */
export const onlyLoopbackNames: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host') ?? '';
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return context.text('Not for this host name.', 403);
  await next();
};

/** Refuses requests without the token: other users of this machine reach the port, too. */
export function onlyWith(token: string): MiddlewareHandler {
  return async (context, next) => {
    const given = Buffer.from(context.req.query('token') ?? '');
    const wanted = Buffer.from(token);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      return context.text('The address needs the token that `weightfold view` printed.', 403);
    await next();
  };
}
