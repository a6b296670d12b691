import { judgeCommand } from './oracle-commands.ts';
import { type ImageUse, judgeImage } from './oracle-images.ts';
import {
  containersOf,
  handlersOf,
  hooksOf,
  inContainer,
  inVolume,
  isSet,
  type Json,
  probesOf,
  type Report,
  record,
  records,
  strings,
  text,
} from './oracle-pod.ts';
import { probedWords, startedWords } from './oracle-variables.ts';

const engineVariables: readonly string[] = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'CONTAINER_HOST',
  'CONTAINERD_ADDRESS',
  'CONTAINER_RUNTIME_ENDPOINT',
  'IMAGE_SERVICE_ENDPOINT',
  'BUILDKIT_HOST',
  'EARTHLY_BUILDKIT_HOST',
  '_EXPERIMENTAL_DAGGER_RUNNER_HOST',
  'TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE',
  'TESTCONTAINERS_HOST_OVERRIDE',
  'DOCKER_TLS_CERTDIR',
  'DOCKER_IN_DOCKER_ENABLED',
];

const enginePorts: readonly number[] = [2375, 2376, 2377, 1234, 10010];

/** Finds what the checks of images, commands, variables, ports and devices of containers must find. */
export function reportContainers(spec: Json, fuseResource: string, report: Report): void {
  reportImages(spec, report);
  for (const container of containersOf(spec)) {
    reportCommands(container, report);
    reportEnvironment(container, report);
    reportPorts(container, report);
    reportProbes(container, report);
    reportDevices(container, fuseResource, report);
  }
}

function useOf(container: Json): ImageUse {
  return {
    command: strings(container['command']),
    args: startedWords(container, strings(container['args'])),
  };
}

function reportImages(spec: Json, report: Report): void {
  for (const container of containersOf(spec)) {
    const place = inContainer(container);
    const id = judgeImage(text(container['image']), useOf(container));
    if (id !== undefined) report(id, place);
    report('image-registry', place);
  }
  for (const volume of records(spec['volumes'])) {
    if (!isSet(volume['image'])) continue;
    const reference = text(record(volume['image'])['reference']);
    const id = judgeImage(reference, { command: [], args: [] });
    if (id !== undefined) report(id, inVolume(volume));
    report('image-registry', inVolume(volume));
  }
}

function reportCommands(container: Json, report: Report): void {
  const started = [...strings(container['command']), ...strings(container['args'])];
  const executed = (handler: Json): readonly string[] => strings(record(handler['exec'])['command']);
  const probed = probesOf(container).map((probe) => probedWords(container, executed(probe)));
  // What a hook runs is taken as it is written.
  for (const argv of [startedWords(container, started), ...probed, ...hooksOf(container).map(executed)]) {
    const id = judgeCommand(argv);
    if (id !== undefined) report(id, inContainer(container));
  }
}

function reportEnvironment(container: Json, report: Report): void {
  for (const variable of records(container['env'])) {
    report('engine-host-env', inContainer(container), engineVariables.includes(text(variable['name'])));
  }
  for (const source of records(container['envFrom'])) {
    const prefix = text(source['prefix']);
    const couldName = engineVariables.some((name) => name.startsWith(prefix) && name !== prefix);
    report('engine-host-env', inContainer(container), prefix !== '' && couldName);
  }
}

function reportPorts(container: Json, report: Report): void {
  for (const port of records(container['ports'])) {
    const numbers = [Number(port['containerPort'] ?? 0), Number(port['hostPort'] ?? 0)];
    const isEngine = numbers.some((number) => enginePorts.includes(number));
    report('engine-port', inContainer(container), isEngine);
    report('host-ports', inContainer(container), numbers[1] !== 0);
  }
}

function reportProbes(container: Json, report: Report): void {
  for (const handler of handlersOf(container)) {
    report('probe-host', inContainer(container), text(record(handler['httpGet'])['host']) !== '');
    report('probe-host', inContainer(container), text(record(handler['tcpSocket'])['host']) !== '');
  }
}

/** Extended resources, whose names alone have a slash; the one that is granted has a contract of its own. */
function reportDevices(container: Json, fuseResource: string, report: Report): void {
  const resources = record(container['resources']);
  const names = [resources['limits'], resources['requests']].flatMap((amounts) => Object.keys(record(amounts)));
  const isDevice = names.some((name) => name.includes('/') && name !== fuseResource);
  report('device-resource', inContainer(container), isDevice);
}
