import { isObject } from '../../kubernetes/shape.ts';
import { printable, shortened } from '../../record/redact.ts';
import type { AuditEvent } from '../store/store.ts';

/** The longest text that is kept of an event, in UTF-16 units, and the most addresses. */
const longest = 512;
const mostAddresses = 16;

const annotation = /^[^/]{1,253}\/review$/;

/** Whether an object is an event of the API server's audit log (audit.k8s.io/v1). */
export function isAuditEvent(value: Readonly<Record<string, unknown>>): boolean {
  return (
    value['kind'] === 'Event' &&
    typeof value['apiVersion'] === 'string' &&
    value['apiVersion'].startsWith('audit.k8s.io/')
  );
}

/**
 * Reads what the journal keeps of an event: one entry for each of our webhooks that annotated it, none for an event that
 * none did. A webhook's annotations are `<webhook name>/<key>`; ours has `review`, `decision` and `config`.
 */
export function auditEventsOf(event: Readonly<Record<string, unknown>>): readonly AuditEvent[] {
  const annotations = isObject(event['annotations']) ? event['annotations'] : {};
  const reviews = Object.keys(annotations)
    .filter((key) => annotation.test(key) && isOurs(annotations, key.slice(0, -'review'.length)))
    .map((key) => annotations[key])
    .filter((uid) => typeof uid === 'string' && uid !== '' && uid.length <= 256);
  if (reviews.length === 0) return [];
  const addresses = Array.isArray(event['sourceIPs']) ? (event['sourceIPs'] as readonly unknown[]) : [];
  const shared = {
    auditId: kept(event['auditID']) ?? '',
    sourceIps: addresses.slice(0, mostAddresses).flatMap((address) => kept(address) ?? []),
    userAgent: kept(event['userAgent']),
    // The webhook sees the impersonated user; who did it stands only here.
    impersonator: isObject(event['impersonatedUser']) ? kept(fieldOf(event['user'], 'username')) : null,
  };
  return reviews.map((review) => ({ ...shared, review: printable(String(review)) }));
}

function isOurs(annotations: Readonly<Record<string, unknown>>, prefix: string): boolean {
  return Object.hasOwn(annotations, `${prefix}decision`) && Object.hasOwn(annotations, `${prefix}config`);
}

function fieldOf(value: unknown, field: string): unknown {
  return isObject(value) ? value[field] : undefined;
}

function kept(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? shortened(printable(value), longest) : null;
}
