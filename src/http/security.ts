import type { ServerResponse } from 'node:http';
import helmet from 'helmet';

const HSTS_SECONDS = 31_536_000;

/** What every answer carries. Pages for people replace the policy by `pageSecurity`. */
const ANSWER_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['Content-Security-Policy', "default-src 'none';frame-ancestors 'none'"],
  ['Strict-Transport-Security', `max-age=${HSTS_SECONDS};includeSubDomains`],
  ['X-Content-Type-Options', 'nosniff'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
];

export function secureAnswer(response: ServerResponse): void {
  for (const [name, value] of ANSWER_HEADERS) response.setHeader(name, value);
}

/** Security headers of pages that run scripts of our own origin: nothing inline, nothing from elsewhere. */
export const pageSecurity = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: { maxAge: HSTS_SECONDS, includeSubDomains: true },
});
