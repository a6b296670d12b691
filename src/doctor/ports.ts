import { named, numberAt, objectsAt, textAt } from '../kubernetes/fields.ts';
import type { Parts } from './state.ts';

/** The port that the chart gives the Service unless told. */
export const usualPort = 443;

/** The port of the Service that leads to the webhook; undefined where it has none, or there is no Service. */
export function servicePort(service: Parts['service']): number | undefined {
  const ports = objectsAt(service, 'spec', 'ports');
  const port =
    ports.find((one) => textAt(one, 'name') === 'https') ?? ports.find((one) => numberAt(one, 'port') === usualPort);
  return port === undefined ? undefined : numberAt(port, 'port');
}

/** The port that the API server should call: that of the Service, else the one that a webhook of ours names. */
export function webhookPort(
  { service, validating, mutating }: Pick<Parts, 'service' | 'validating' | 'mutating'>,
  name: string,
): number {
  const webhooks = [validating, mutating].flatMap((all) => objectsAt(named(all, name), 'webhooks'));
  const asked = webhooks.map((one) => numberAt(one, 'clientConfig', 'service', 'port')).find((port) => port > 0);
  return servicePort(service) ?? asked ?? usualPort;
}
