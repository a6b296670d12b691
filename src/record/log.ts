import { type Logger, pino } from 'pino';
import type { Sink } from './sink.ts';

/** The operational log: static messages, everything else in fields. */
export type Log = Logger;

/** Writes the operational log to the same destination as the record; its lines have `level` and `msg`, records have `v`. */
export function openLog(sink: Sink, instance: string): Log {
  const options = {
    base: { instance },
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, { write: (line) => sink.write(line) });
}
