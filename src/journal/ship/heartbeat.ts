import type { Decision } from '../../admission/outcome.ts';
import type { ConfigurationLine, Heartbeat } from '../lines.ts';

/** What a heartbeat tells, as it is in the process: times in milliseconds since the epoch. */
export interface Pulse {
  readonly now: number;
  readonly instance: string;
  readonly version: string;
  readonly configHash: string;
  readonly startedAt: number;
  /** The last one given to a record. */
  readonly seq: number;
  /** Reviews answered, by decision. */
  readonly decisions: ReadonlyMap<Decision, number>;
  readonly dropped: number;
  readonly queued: number;
  readonly final: boolean;
  readonly certificateExpires: number | undefined;
}

/** A heartbeat as a line, with its newline. */
export function heartbeatLine(pulse: Pulse): string {
  const { now, instance, version, configHash, startedAt, seq, decisions, dropped, queued, final } = pulse;
  const heartbeat: Heartbeat = {
    v: 1,
    kind: 'heartbeat',
    ts: timeOf(now),
    instance,
    version,
    configHash,
    startedAt: timeOf(startedAt),
    seq,
    received: [...decisions.values()].reduce((sum, count) => sum + count, 0),
    decisions: Object.fromEntries(decisions),
    dropped,
    queued,
    final,
    certificateExpires: pulse.certificateExpires === undefined ? null : timeOf(pulse.certificateExpires),
  };
  return `${JSON.stringify(heartbeat)}\n`;
}

/** The effective configuration of a hash as a line, with its newline. */
export function configurationLine(line: Omit<ConfigurationLine, 'v' | 'kind' | 'ts'>, now: number): string {
  const { instance, configHash, document } = line;
  const whole: ConfigurationLine = { v: 1, kind: 'configuration', ts: timeOf(now), instance, configHash, document };
  return `${JSON.stringify(whole)}\n`;
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
