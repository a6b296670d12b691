import fc, { type GeneratorValue } from 'fast-check';
import { parseImage } from '../../../src/matching/image.ts';
import type { Draft } from '../hardened.ts';
import { realias, respell, respellWindows } from '../oracle/arbitrary-paths.ts';
import type { GeneratedContainer } from '../pods.ts';
import { containersOf, type Transformation } from './structure.ts';

/** Spells each host path, and each subPath, in another way that means the same on some node. */
export const respellPaths: Transformation = (pod, draw) => {
  for (const volume of pod.spec.volumes ?? []) {
    const hostPath = volume['hostPath'] as { path?: string } | undefined;
    if (hostPath?.path) hostPath.path = respelled(hostPath.path, draw);
  }
  for (const container of containersOf(pod)) {
    for (const mount of (container['volumeMounts'] ?? []) as { subPath?: string }[]) {
      if (mount.subPath) mount.subPath = draw(respell, mount.subPath).replace(/^\/+/, '');
    }
  }
  return pod;
};

/** Paths that mean nothing to Linux: there `//./run` is `/run`, and a backslash a letter like others. */
const ofWindows = /^\\\\|^[a-z]:|^\/\/[.?]\/(?:pipe|[a-z]:)/i;

function respelled(path: string, draw: GeneratorValue): string {
  if (ofWindows.test(path)) return draw(respellWindows, path);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  // Another spelling of these might be read otherwise.
  if (parts.includes('..') || path.includes('\\')) return `${path}/`;
  const plain = `/${parts.join('/')}`;
  const alias = draw(fc.boolean) ? plain : draw(realias, plain);
  return draw(respell, alias);
}

/** Changes the case of what some part of the platform reads in any case, and the prefix of capabilities. */
export const changeCase: Transformation = (pod, draw) => {
  for (const holder of [pod.spec, ...containersOf(pod)] as Draft[]) {
    const context = holder['securityContext'] as Draft | undefined;
    const capabilities = context?.['capabilities'] as { add?: string[] } | undefined;
    if (capabilities?.add !== undefined) capabilities.add = capabilities.add.map((name) => capability(name, draw));
    const windows = context?.['windowsOptions'] as { runAsUserName?: string } | undefined;
    if (windows?.runAsUserName) windows.runAsUserName = letters(windows.runAsUserName, draw);
  }
  for (const container of containersOf(pod)) {
    if (typeof container['image'] === 'string') container['image'] = upperHost(container['image']);
    // A file's name has no case on Windows, which its extension tells.
    for (const line of commandLines(container)) {
      line.words.forEach((word, index) => {
        if (/\.exe$/i.test(word)) line.words[index] = letters(word, draw);
      });
    }
  }
  for (const volume of pod.spec.volumes ?? []) {
    const hostPath = volume['hostPath'] as { path?: string } | undefined;
    if (hostPath?.path && ofWindows.test(hostPath.path)) hostPath.path = letters(hostPath.path, draw);
  }
  return pod;
};

/** Not to the spelling of the API from another one: what is Baseline in that one only would get there. */
function capability(name: string, draw: GeneratorValue): string {
  const prefixed = /^cap_/i.test(name) || draw(fc.boolean) ? name : `CAP_${name}`;
  const changed = letters(prefixed, draw);
  return changed !== name && /^(?!CAP_)[A-Z_]+$/.test(changed) ? changed.toLowerCase() : changed;
}

function letters(text: string, draw: GeneratorValue): string {
  const seed = draw(fc.nat, { max: 7 });
  if (seed === 0) return text.toLowerCase();
  if (seed === 1) return text.toUpperCase();
  return Array.from(text, (letter, at) => (at % seed === 1 ? letter.toLowerCase() : letter.toUpperCase())).join('');
}

function upperHost(reference: string): string {
  const slash = reference.indexOf('/');
  const host = reference.slice(0, Math.max(0, slash));
  return /[.:]/.test(host) && parseImage(reference) !== undefined
    ? host.toUpperCase() + reference.slice(slash)
    : reference;
}

/** Takes each image from somewhere else: Docker Hub by another name, or a mirror that keeps the repository. */
export const mirror: Transformation = (pod, draw) => {
  for (const container of containersOf(pod)) {
    if (typeof container['image'] === 'string') container['image'] = mirrored(container['image'], draw);
  }
  for (const volume of pod.spec.volumes ?? []) {
    const image = volume['image'] as { reference?: string } | undefined;
    if (image?.reference) image.reference = mirrored(image.reference, draw);
  }
  return pod;
};

function mirrored(reference: string, draw: GeneratorValue): string {
  const image = parseImage(reference);
  if (image === undefined) return reference;
  const end = `${image.tag === undefined ? '' : `:${image.tag}`}${image.digest === undefined ? '' : `@${image.digest}`}`;
  const isHub = image.registry === 'docker.io';
  if (isHub && draw(fc.boolean)) {
    const hub = draw(
      fc.constantFrom,
      'docker.io',
      'index.docker.io',
      'registry-1.docker.io',
      'registry.hub.docker.com',
      '',
    );
    const short = draw(fc.boolean) ? image.path.replace(/^library\//, '') : image.path;
    return `${hub}${hub === '' ? '' : '/'}${short}${end}`;
  }
  const host = draw(
    fc.constantFrom,
    'mirror.gcr.io',
    'registry.example:5000',
    'localhost',
    '10.0.0.1:80',
    'MIRROR.Example.com',
  );
  const prefix = draw(fc.constantFrom, '', 'mirror/', 'docker-hub/', 'group/dependency_proxy/containers/', 'a/b/c/');
  // Some images are only known by their registry: a proxy of several registries keeps its name as a folder.
  const origin = isHub
    ? ''
    : `${image.registry
        .toLowerCase()
        .replace(/:\d+$/, '')
        .replaceAll(/[[\]:]/g, '-')}/`;
  const moved = `${host}/${prefix}${origin}${image.path}${end}`;
  return parseImage(moved) === undefined ? reference : moved;
}

interface CommandLine {
  readonly words: string[];
  readonly isOwn: boolean;
}

/** Every command line that the kubelet runs in a container; arguments alone are the image's business. */
function commandLines(container: GeneratedContainer): readonly CommandLine[] {
  const lines: CommandLine[] = [];
  const own = container['command'] as string[] | undefined;
  if (own !== undefined && own.length > 0) lines.push({ words: own, isOwn: true });
  const lifecycle = (container['lifecycle'] ?? {}) as Draft;
  const handlers = ['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => container[probe]);
  for (const handler of [...handlers, lifecycle['postStart'], lifecycle['preStop']]) {
    const command = (handler as { exec?: { command?: string[] } } | undefined)?.exec?.command;
    if (command !== undefined && command.length > 0) lines.push({ words: command, isOwn: false });
  }
  return lines;
}

const wrappers: readonly (readonly string[])[] = [
  ['tini', '--'],
  ['/sbin/tini', '-g', '--'],
  ['env'],
  ['/usr/bin/env', '-u', 'HOME', 'A=b'],
  ['env', '-S', 'tini --'],
  ['env', '--split-string=env -i'],
  ['exec'],
  ['exec', '-a', 'app'],
  ['nice', '-n', '5'],
  ['sudo', '-E', '-u', 'root'],
  ['busybox'],
];

/** Starts each command line by a program that runs the program behind it. */
export const wrap: Transformation = (pod, draw) => {
  for (const container of containersOf(pod)) {
    for (const { words } of commandLines(container)) {
      // What begins like an option is no program.
      if (!words[0]?.startsWith('-')) words.unshift(...draw(fc.constantFrom, ...wrappers));
    }
  }
  return pod;
};

/** Writes words of command lines by variables, as the kubelet expands them. */
export const expand: Transformation = (pod, draw) => {
  for (const container of containersOf(pod)) {
    const env = [...((container['env'] ?? []) as Draft[])];
    const respell = (words: string[] | undefined, isProbe: boolean): void => {
      words?.forEach((word, index) => {
        // In a probe a value stays as it is written; there it may not refer to others.
        if ((isProbe && word.includes('$(')) || draw(fc.boolean)) return;
        const name = `WORD_${env.length}`;
        words[index] = draw(fc.boolean) ? `$(${name})` : `$(${name})$(${name}_)`;
        env.push({ name, value: word }, draw(fc.boolean) ? { name: `${name}_` } : { name: `${name}_`, value: '' });
      });
    };
    respell(container['command'] as string[] | undefined, false);
    respell(container['args'] as string[] | undefined, false);
    for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
      respell((container[probe] as { exec?: { command?: string[] } } | undefined)?.exec?.command, true);
    }
    if (env.length > 0) container['env'] = env;
  }
  return pod;
};

/** Makes a script of each command line, for a shell to run. */
export const wrapInShell: Transformation = (pod, draw) => {
  for (const container of containersOf(pod)) {
    for (const { words, isOwn } of commandLines(container)) {
      const args = isOwn ? ((container['args'] ?? []) as string[]) : [];
      const script = [...words, ...args].map((word) => quoted(word, draw)).join(' ');
      words.splice(
        0,
        words.length,
        draw(fc.constantFrom, 'sh', '/bin/sh', 'bash'),
        draw(fc.constantFrom, '-c', '-ec'),
        script,
      );
      if (isOwn) delete container['args'];
    }
  }
  return pod;
};

function quoted(word: string, draw: GeneratorValue): string {
  if (/^[\w./:=@%+,-]+$/.test(word) && draw(fc.boolean)) return word;
  return word.includes('$(') ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
