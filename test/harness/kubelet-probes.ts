import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Container, V1Probe } from '@kubernetes/client-node';

/** What the probes of a container tell. */
export interface ProbeListener {
  onStarted(): void;
  onReady(isReady: boolean): void;
  /** The startup or the liveness probe failed too often. */
  onDead(reason: string): void;
}

/** The probes of one container's process. */
export interface Probes {
  /** Leaves only the readiness probe, as while a pod ends. */
  stopRestarting(): void;
  stop(): void;
}

/** Runs the probes of a container as the kubelet does: the others wait for the startup probe. */
export function startProbes(
  container: V1Container,
  ports: ReadonlyMap<number, number>,
  listener: ProbeListener,
): Probes {
  const restarting = new AbortController();
  const all = new AbortController();
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const ask = (probe: V1Probe) => {
    const url = urlOf(probe, container, ports);
    return () => isOk(probe, url);
  };
  const begin = async () => {
    if (startupProbe !== undefined) {
      const isUp = await untilStarted(startupProbe, ask(startupProbe), restarting.signal);
      if (isUp === undefined) return;
      if (!isUp) return listener.onDead('startup probe failed');
    }
    listener.onStarted();
    if (readinessProbe === undefined) listener.onReady(true);
    else void watchProbe(readinessProbe, ask(readinessProbe), all.signal, listener.onReady);
    if (livenessProbe === undefined) return;
    void watchProbe(livenessProbe, ask(livenessProbe), restarting.signal, (isAlive) => {
      if (!isAlive) listener.onDead('liveness probe failed');
    });
  };
  void begin();
  const stopRestarting = () => restarting.abort();
  const stop = () => {
    restarting.abort();
    all.abort();
  };
  return { stopRestarting, stop };
}

/** Resolves to undefined when it is stopped before there is an answer. */
async function untilStarted(probe: V1Probe, ask: Ask, signal: AbortSignal): Promise<boolean | undefined> {
  const answer = Promise.withResolvers<boolean | undefined>();
  const done = new AbortController();
  signal.addEventListener('abort', () => answer.resolve(undefined));
  void watchProbe(probe, ask, AbortSignal.any([signal, done.signal]), answer.resolve);
  const result = await answer.promise;
  done.abort();
  return result;
}

type Ask = () => Promise<boolean>;

/** Asks at the probe's period; tells each change, once the threshold of successes or failures in a row is reached. */
async function watchProbe(
  probe: V1Probe,
  ask: Ask,
  signal: AbortSignal,
  onChange: (isOk: boolean) => void,
): Promise<void> {
  const thresholds = { true: probe.successThreshold ?? 1, false: probe.failureThreshold ?? 3 };
  let told: boolean | undefined;
  let last: boolean | undefined;
  let inRow = 0;
  const pause = (seconds: number) => delay(seconds * 1_000, undefined, { signal }).catch(() => undefined);
  await pause(probe.initialDelaySeconds ?? 0);
  while (!signal.aborted) {
    const asked = performance.now();
    const answer = await ask();
    if (signal.aborted) return;
    inRow = answer === last ? inRow + 1 : 1;
    last = answer;
    if (answer !== told && inRow >= thresholds[`${answer}`]) {
      told = answer;
      onChange(answer);
    }
    await pause(Math.max(0, (probe.periodSeconds ?? 10) - (performance.now() - asked) / 1_000));
  }
}

/** Throws, for the pod's status, when a container has a probe that this kubelet cannot make. */
export function assertProbes(container: V1Container, ports: ReadonlyMap<number, number>): void {
  for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
    if (probe !== undefined) urlOf(probe, container, ports);
  }
}

function urlOf({ httpGet: action }: V1Probe, container: V1Container, ports: ReadonlyMap<number, number>): string {
  if (action === undefined) throw new Error('Only httpGet probes are known to this kubelet.');
  const named = container.ports?.find(({ name }) => name === action.port)?.containerPort;
  const port = ports.get(named ?? Number(action.port));
  if (port === undefined) throw new Error(`A probe asks port ${action.port}, which the container does not name.`);
  return `${(action.scheme ?? 'HTTP').toLowerCase()}://127.0.0.1:${port}${action.path ?? '/'}`;
}

/** Any status from 200 to 399 is a success; certificates are not verified: both as the kubelet does. */
function isOk({ timeoutSeconds = 1 }: V1Probe, url: string): Promise<boolean> {
  const options = { agent: false as const, signal: AbortSignal.timeout(timeoutSeconds * 1_000) };
  return new Promise((resolve) => {
    const asking = url.startsWith('https:')
      ? getHttps(url, { ...options, rejectUnauthorized: false })
      : getHttp(url, options);
    asking.on('response', (response) => {
      response.resume().on('error', () => undefined); // the timeout may strike after the head of the answer
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400);
    });
    asking.on('error', () => resolve(false));
  });
}

/** Gives the address that tells whether a container is ready; undefined when no probe of it does. */
export function readyUrlOf(container: V1Container, ports: ReadonlyMap<number, number>): string | undefined {
  return container.readinessProbe === undefined ? undefined : urlOf(container.readinessProbe, container, ports);
}
