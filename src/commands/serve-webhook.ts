import type { Server as ProbeServer } from 'node:http';
import type { CommandContext } from '@stricli/core';
import { answerReview } from '../admission/answer.ts';
import { messageOf } from '../config/problem.ts';
import { listenOn } from '../server/listen.ts';
import { probeServer } from '../server/probes.ts';
import { closeServer, exitInOrder } from '../server/shutdown.ts';
import { buildWebhookApp, type WebhookApp } from '../server/webhook.ts';
import { withClientCaFile } from '../tls/files.ts';
import { secureContextOptions } from '../tls/secure-context.ts';
import { pairSource } from './certificates.ts';
import { curlExample } from './curl-example.ts';
import { journalConflict } from './journal-flags.ts';
import { liveConfiguration } from './live-configuration.ts';
import type { ServeFlags } from './serve.ts';
import { probesOf } from './serve-probes.ts';
import { loadTracing, type StartTracing } from './serve-tracing.ts';
import { type Certificates, composeServing, observerOf, type Serving } from './serving.ts';
import type { Shipping } from './shipping.ts';
import { tlsConflict } from './tls-flags.ts';

/** Starts the webhook and returns once it listens. What makes that impossible is told on stderr, with exit code 2. */
export async function serveWebhook(this: CommandContext, flags: ServeFlags): Promise<void> {
  const started = await start(flags);
  if ('impossible' in started) {
    for (const line of started.impossible) this.process.stderr.write(`${line}\n`);
    process.exitCode = 2;
    return;
  }
  if (
    process.stdout.isTTY ||
    (flags.config === undefined && flags.tlsCertFile === undefined && flags.tlsSecret === undefined)
  ) {
    this.process.stderr.write(`Try it:\n  ${curlExample(started.port)}\n`);
  }
}

interface Impossible {
  readonly impossible: readonly string[];
}

async function start(flags: ServeFlags): Promise<{ readonly port: number } | Impossible> {
  const conflict = tlsConflict(flags) ?? journalConflict(flags);
  if (conflict !== undefined) return { impossible: [conflict] };
  const configuration = await liveConfiguration(flags.config);
  if ('invalid' in configuration) return { impossible: configuration.invalid };
  let certificates: Certificates;
  try {
    certificates = await certificatesOf(flags);
  } catch (error) {
    configuration.stop();
    return { impossible: [`cannot serve with this certificate: ${messageOf(error)}`] };
  }
  let startTracing: StartTracing;
  try {
    startTracing = await loadTracing(flags);
  } catch (error) {
    configuration.stop();
    certificates.source.stop();
    return { impossible: [`cannot trace: ${messageOf(error)}`] };
  }
  const serving = composeServing(flags, {
    configuration,
    certificates,
    startTracing,
    openShipping: await shippingOf(flags),
  });
  const app = webhookOf(serving);
  const probes = probeServer(probesOf(serving));
  try {
    return { port: await listen(serving, app, probes) };
  } catch (error) {
    await close(serving, app, probes);
    return { impossible: [`cannot listen: ${messageOf(error)}`] };
  }
}

/** Undefined without a journal, whose client is then never loaded. */
async function shippingOf(flags: ServeFlags): Promise<((serving: () => Serving) => Shipping) | undefined> {
  const { journalUrl, journalTokenFile } = flags;
  if (journalUrl === undefined || journalTokenFile === undefined) return undefined;
  const { openShipping } = await import('./shipping.ts');
  return openShipping({ ...flags, journalUrl, journalTokenFile });
}

async function certificatesOf(flags: ServeFlags): Promise<Certificates> {
  const { source, managed } = await pairSource(flags);
  return {
    source: flags.clientCaFile === undefined ? source : await withClientCaFile(source, flags.clientCaFile),
    managed,
  };
}

function webhookOf(serving: Serving): WebhookApp {
  const { certificates, configuration, inflight, state } = serving;
  const app = buildWebhookApp({
    answer: answerReview,
    configuration: configuration.current,
    clock: Date.now,
    observer: observerOf(serving),
    material: certificates.current(),
    inflight,
    draining: () => state.draining,
  });
  certificates.onChange((material) => app.server.setSecureContext(secureContextOptions(material)));
  return app;
}

async function listen(serving: Serving, app: WebhookApp, probes: ProbeServer): Promise<number> {
  const { flags, log, configuration, certificates, managed, state } = serving;
  endInOrder(serving, app, probes);
  await app.ready();
  const port = await listenOn(app.server, flags.port, flags.host);
  const healthPort = await listenOn(probes, flags.healthPort, flags.host);
  state.port = port;
  managed?.source.start();
  serving.shipping?.start();
  const { fingerprint, expires } = certificates.current();
  log.info(
    {
      url: `https://${flags.host ?? 'localhost'}:${port}`,
      port,
      healthPort,
      configHash: configuration.current().hash,
      // With a CA in the cluster the one that counts is still to come, and told of then.
      ...(managed === undefined ? { certificate: { fingerprint, expires: new Date(expires).toISOString() } } : {}),
      version: serving.version,
    },
    'listening',
  );
  return port;
}

function endInOrder(serving: Serving, app: WebhookApp, probes: ProbeServer): void {
  const { flags, log, sink, state } = serving;
  exitInOrder(process, {
    drainMs: flags.drain,
    onDrain(signal) {
      state.draining = true;
      log.info({ signal, drainMs: flags.drain }, 'draining: no longer ready, still answering');
    },
    close: () => close(serving, app, probes),
    abandon: () => sink.flushSync(),
    onCrash: (error) => log.fatal({ err: error }, 'uncaught error'),
    exit: (code) => process.exit(code),
  });
}

async function close(serving: Serving, app: WebhookApp, probes: ProbeServer): Promise<void> {
  const { certificates, configuration, log, shipping, sink, tracing } = serving;
  await closeServer(app.server);
  await app.close();
  await shipping?.close();
  certificates.stop();
  configuration.stop();
  await tracing?.stop();
  log.info('stopped');
  await sink.flush();
  sink.flushSync();
  await closeServer(probes, 0);
}
