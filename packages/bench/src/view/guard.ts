import { timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

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
    context.header('Referrer-Policy', 'no-referrer');
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
    await next();
  };
}
