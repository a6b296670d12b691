import {
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Outcome } from '../admission/outcome.ts';
import { countLosses, type Losses } from '../record/losses.ts';
import { resourceName } from '../record/record.ts';
import type { ReviewFacts } from './review.ts';
import type { TraceParent } from './traceparent.ts';

/** Where spans go, and whose they are. */
export interface TracingOptions {
  /** The base URL of an OTLP receiver (HTTP, JSON): `http://collector:4318`. */
  readonly endpoint: string;
  /** How many of the reviews without a traceparent get a span, between 0 and 1. */
  readonly ratio: number;
  readonly version: string;
  readonly instance: string;
  /** Called at most once a minute with the number of spans lost since the last call, and the last reason. */
  readonly onDrops: (spans: number, problem: string) => void;
}

/** Spans of reviews. Nothing here waits, throws, or changes an answer. */
export interface Tracing {
  /** Makes the span of an answered review, where its trace is sampled. */
  reviewed(outcome: Outcome, facts: ReviewFacts): void;
  /** Spans since the start. */
  counts(): { readonly exported: number; readonly dropped: number };
  /** Why the last export failed; undefined once one succeeded again. */
  problem(): string | undefined;
  /** Sends what waits, and gives up on it after two seconds. */
  stop(): Promise<void>;
}

/** Spans that are held, those on their way to the collector included; what comes then is dropped. */
const maxHeld = 2_048;
/** Small, since a batch is turned into JSON between two reviews. */
const batchSize = 128;
const batchDelay = 1_000;
const exportTimeout = 5_000;
const stopPatience = 2_000;
const longestValue = 256;

interface State {
  held: number;
  exported: number;
  readonly losses: Losses;
  lastLoss: string;
  problem: string | undefined;
}

/** Starts to make and to send spans. Headers and certificates for the collector are those of `OTEL_EXPORTER_OTLP_*`. */
export function openTracing(options: TracingOptions): Tracing {
  const state: State = {
    held: 0,
    exported: 0,
    losses: countLosses((spans) => options.onDrops(spans, state.lastLoss)),
    lastLoss: '',
    problem: undefined,
  };
  const provider = new TracerProvider({
    resource: resourceOf(options),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.ratio) }),
    spanLimits: { attributeValueLengthLimit: longestValue },
    spanProcessors: [boundedProcessor(state, options.endpoint)],
  });
  const tracer = provider.getTracer('pratique', options.version);
  return {
    reviewed: (outcome, facts) => recordSpan(tracer, outcome, facts),
    counts: () => ({ exported: state.exported, dropped: state.losses.total() }),
    problem: () => state.problem,
    stop: () => stop(provider, state),
  };
}

/** What the environment says (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) wins, as operators expect. */
function resourceOf({ version, instance }: TracingOptions) {
  const ours = { 'service.name': 'pratique', 'service.version': version, 'service.instance.id': instance };
  return defaultResource()
    .merge(resourceFromAttributes(ours))
    .merge(detectResources({ detectors: [envDetector] }));
}

/** The span is made when the review is over: until then nobody knows what is to be said in it. */
function recordSpan(tracer: Tracer, outcome: Outcome, { durationMs, traceParent }: ReviewFacts): void {
  const endTime = Date.now();
  const span = tracer.startSpan(
    `POST /${outcome.webhook}`,
    { kind: SpanKind.SERVER, startTime: endTime - durationMs },
    contextOf(traceParent),
  );
  if (span.isRecording()) {
    span.setAttributes(attributesOf(outcome));
    if (outcome.decision === 'error') span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(endTime);
}

function contextOf(parent: TraceParent | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = parent;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Of what the record holds only this: no names of objects and users, and nothing that was found. */
function attributesOf({ webhook, decision, profile, mode, configHash, request, response }: Outcome) {
  return {
    'pratique.webhook': webhook,
    'pratique.decision': decision,
    'pratique.config_hash': configHash,
    'pratique.review_uid': response.uid,
    ...(profile === '' ? {} : { 'pratique.profile': profile }),
    ...(mode === undefined ? {} : { 'pratique.mode': mode }),
    ...(request === undefined
      ? {}
      : {
          'pratique.operation': request.operation,
          'pratique.resource': resourceName(request.resource),
          ...(request.subResource ? { 'pratique.subresource': request.subResource } : {}),
          ...(request.namespace ? { 'k8s.namespace.name': request.namespace } : {}),
        }),
  };
}

/**
 * A batch processor that counts what it holds. Its own bound is of its queue alone, and what it drops it tells only to
 * metrics of OpenTelemetry.
 */
function boundedProcessor(state: State, endpoint: string): SpanProcessor {
  const batches = new BatchSpanProcessor({
    exporter: countingExporter(state, tracesUrl(endpoint)),
    maxQueueSize: maxHeld,
    maxExportBatchSize: batchSize,
    scheduledDelayMillis: batchDelay,
    exportTimeoutMillis: 2 * exportTimeout,
  });
  return {
    onStart() {},
    onEnd(span) {
      if (state.held >= maxHeld) {
        lose(state, 1, state.problem ?? 'the collector takes less than there is');
        return;
      }
      state.held++;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}

function countingExporter(state: State, url: string): SpanExporter {
  // All that can wait may be sent at once when the process ends.
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: exportTimeout, concurrencyLimit: maxHeld / batchSize });
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        state.held -= spans.length;
        if (result.error === undefined) {
          state.exported += spans.length;
          state.problem = undefined;
          state.losses.tell();
        } else {
          state.problem = result.error.message.slice(0, longestValue);
          lose(state, spans.length, state.problem);
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/$/, '')}/v1/traces`;
}

function lose(state: State, spans: number, why: string): void {
  state.losses.add(spans);
  state.lastLoss = why;
  state.losses.tell();
}

async function stop(provider: TracerProvider, state: State): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const deadline = setTimeout(resolve, stopPatience);
  // A batch that fails now has been counted where it was sent.
  await Promise.race([provider.shutdown().catch(() => undefined), late]);
  clearTimeout(deadline);
  if (state.held > 0) lose(state, state.held, 'the process ended before the collector took them');
  state.losses.tellNow();
}
