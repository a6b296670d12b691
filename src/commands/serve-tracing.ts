import { messageOf } from '../config/problem.ts';
import type { Tracing, TracingOptions } from '../server/tracing.ts';
import type { ServeFlags } from './serve.ts';

/** Starts tracing for a process; undefined where nobody asked for it. */
export type StartTracing = ((about: Omit<TracingOptions, 'endpoint' | 'ratio'>) => Tracing) | undefined;

/**
 * Loads what tracing needs, and nothing where nobody asked for it: OpenTelemetry is an optional dependency.
 *
 * Throws, with a text for people, when it is asked for and not installed.
 */
export async function loadTracing({ otlpEndpoint, traceRatio }: ServeFlags): Promise<StartTracing> {
  if (otlpEndpoint === undefined) return undefined;
  try {
    const { openTracing } = await import('../server/tracing.ts');
    return (about) => openTracing({ ...about, endpoint: otlpEndpoint, ratio: traceRatio });
  } catch (error) {
    const [, missing] = /^Cannot find package '(@opentelemetry\/[^']+)'/.exec(messageOf(error)) ?? [];
    if (missing === undefined) throw error;
    throw new Error(`the optional package ${missing} is not installed; install with --include=optional`, {
      cause: error,
    });
  }
}
