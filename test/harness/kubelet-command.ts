import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { fieldOf } from './kubelet-fields.ts';

/** What the image of our pods would be: its entrypoint, and what stands in for its network. */
export interface ProcessImage {
  /** The entrypoint: a program and its first arguments. */
  readonly entrypoint: readonly string[];
  /** The flag that names each port of the container, by the port's name; it gets a free port of the loopback. */
  readonly portFlags: Readonly<Record<string, string>>;
  /** Appended to what the pod says, e.g. the address to listen on. */
  readonly moreArgs: readonly string[];
}

/** A pod's container as a process. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the rendering of a command needs to know of its surroundings. */
export interface Surroundings {
  readonly image: ProcessImage;
  readonly apiServer: string;
  /** The pod's own folder. */
  readonly folder: string;
  readonly volumes: ReadonlyMap<string, string>;
  /** The port of the loopback for each port that the container names. */
  readonly ports: ReadonlyMap<number, number>;
}

const accountMount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Renders the one container of a pod; throws, for the pod's status, for what this kubelet does not understand. */
export async function commandOf(pod: V1Pod, around: Surroundings): Promise<Command> {
  const container = onlyContainer(pod);
  const mounts = mountsOf(container, around.volumes);
  const env = environmentOf(pod, container);
  const [program = '', ...first] = entrypointOf(container, around.image);
  const expanded = (container.args ?? []).map((text) => relocated(expand(text, env), mounts));
  const relocatedEnv = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, relocated(text, mounts)]));
  return {
    program,
    args:
      container.command === undefined
        ? [...first, ...argsOfImage(expanded, container, around)]
        : [...first, ...expanded],
    env: { ...(await surroundingEnvironment(pod, mounts, around)), ...relocatedEnv },
  };
}

/** Gives the one container of a pod; throws when there are others, or what only a container engine could do. */
export function onlyContainer(pod: V1Pod): V1Container {
  const [container, ...others] = pod.spec?.containers ?? [];
  const what = [
    container === undefined || others.length > 0 ? 'more or fewer than one container' : undefined,
    (pod.spec?.initContainers ?? []).length > 0 ? 'init containers' : undefined,
    container?.command === undefined || container.command[0] === 'node' ? undefined : 'a command other than node',
    container?.envFrom === undefined ? undefined : 'envFrom',
    container?.lifecycle?.postStart === undefined ? undefined : 'a postStart hook',
  ].find((reason) => reason !== undefined);
  if (container === undefined || what !== undefined)
    throw new Error(`The pod has ${what}; this kubelet cannot do that.`);
  return container;
}

/** Of what an image of ours holds, only node can be a command. */
function entrypointOf({ command }: V1Container, image: ProcessImage): readonly string[] {
  return command === undefined ? image.entrypoint : [process.execPath, ...command.slice(1)];
}

function argsOfImage(args: readonly string[], container: V1Container, around: Surroundings): readonly string[] {
  return [...withPorts(args, container, around), ...around.image.moreArgs];
}

type Mounts = readonly { readonly mountPath: string; readonly folder: string }[];

function mountsOf(container: V1Container, volumes: ReadonlyMap<string, string>): Mounts {
  return (container.volumeMounts ?? []).map(({ name, mountPath, subPath }) => {
    const folder = volumes.get(name);
    if (folder === undefined) throw new Error(`The container mounts ${name}, which is not a volume of the pod.`);
    return { mountPath: mountPath.replace(/\/$/, ''), folder: subPath === undefined ? folder : join(folder, subPath) };
  });
}

function environmentOf(pod: V1Pod, { env = [] }: V1Container): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const { name, value, valueFrom } of env) {
    const { fieldRef, ...others } = valueFrom ?? {};
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw new Error(`The variable ${name} has a ${unknown}, unknown to this kubelet.`);
    values[name] = fieldRef === undefined ? expand(value ?? '', values) : fieldOf(pod, fieldRef.fieldPath);
  }
  return values;
}

/** `$(NAME)`, and `$$(NAME)` for the text itself. */
function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\$\([A-Za-z_][\w.-]*\))|\$\(([A-Za-z_][\w.-]*)\)/g, (whole, escaped, name) => {
    return escaped ?? env[name] ?? whole;
  });
}

/** Nothing can be mounted without a container: paths below a mount point become those of the folder. */
function relocated(text: string, mounts: Mounts): string {
  const [, flag = '', path = text] = /^(--[\w-]+=)(.*)$/s.exec(text) ?? [];
  const mount = mounts
    .filter(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`))
    .toSorted((one, other) => other.mountPath.length - one.mountPath.length)[0];
  return mount === undefined ? text : `${flag}${mount.folder}${path.slice(mount.mountPath.length)}`;
}

/** All pods share one address here, so each gets ports of its own. */
function withPorts(args: readonly string[], container: V1Container, { image, ports }: Surroundings): readonly string[] {
  let result = [...args];
  for (const { name = '', containerPort } of container.ports ?? []) {
    const flag = image.portFlags[name];
    if (flag === undefined) throw new Error(`The container's port "${name}" has no flag that this kubelet knows.`);
    result = [...without(result, flag), flag, String(ports.get(containerPort))];
  }
  return result;
}

function without(args: readonly string[], flag: string): readonly string[] {
  return args.filter((arg, index) => arg !== flag && args[index - 1] !== flag && !arg.startsWith(`${flag}=`));
}

async function surroundingEnvironment(
  pod: V1Pod,
  mounts: Mounts,
  { folder, apiServer }: Surroundings,
): Promise<Readonly<Record<string, string>>> {
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    HOSTNAME: pod.metadata?.name ?? '',
  };
  const temporary = mounts.find(({ mountPath }) => mountPath === '/tmp');
  if (temporary !== undefined) env['TMPDIR'] = temporary.folder;
  const account = mounts.find(({ mountPath }) => mountPath === accountMount);
  if (account === undefined) return env;
  const file = join(folder, 'kubeconfig');
  await writeFile(file, accountConfig(apiServer, account.folder, pod.metadata?.namespace ?? ''), { mode: 0o600 });
  const { hostname, port } = new URL(apiServer);
  const service = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  return { ...env, ...service, KUBECONFIG: file, SERVICE_ACCOUNT_FOLDER: account.folder };
}

/** What a process in a pod finds below /var/run/secrets, as a file that names the places outside of it; JSON is YAML. */
function accountConfig(server: string, account: string, namespace: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'pod',
    contexts: [{ name: 'pod', context: { cluster: 'pod', user: 'pod', namespace } }],
    clusters: [{ name: 'pod', cluster: { server, 'certificate-authority': join(account, 'ca.crt') } }],
    users: [{ name: 'pod', user: { tokenFile: join(account, 'token') } }],
  });
}
