import type { ExemptionNotice } from '../config/policy.ts';
import type { Log } from '../record/log.ts';
import type { LiveConfiguration } from './live-configuration.ts';

const day = 24 * 60 * 60 * 1000;
/** How long before its end an exemption is told of, as in the metrics and `config validate`. */
const notice = 7 * day;

/** Logs which exemptions have expired, and which do within a week: at once, after each reload, and every day. */
export function tellOfExpiries(log: Log, configuration: LiveConfiguration): void {
  const tell = () => {
    for (const exemption of configuration.current().exemptions) tellOf(exemption, log, Date.now());
  };
  tell();
  configuration.onReload((problems) => {
    if (problems.length === 0) tell();
  });
  setInterval(tell, day).unref();
}

function tellOf({ name, owner, expires }: ExemptionNotice, log: Log, now: number): void {
  if (expires - now > notice) return;
  const fields = { exemption: name, owner, expires: new Date(expires).toISOString().slice(0, 10) };
  if (expires < now) log.warn(fields, 'an exemption has expired: it exempts nothing');
  else log.warn(fields, 'an exemption expires within a week');
}
