import { judgeRecreation } from '../cluster/judging.ts';
import { labelsOfObject, mapAt, named, nameOf, textAt } from '../kubernetes/fields.ts';
import { runtimeClassSubject } from '../kubernetes/objects.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { commandOf, createCommand } from './commands.ts';
import { type About, type Diagnosis, examination } from './diagnosis.ts';
import type { LoadedConfiguration, Parts } from './state.ts';

/** Whether who is granted the device gets a sandbox and the device: the RuntimeClass, and nodes that offer it. */
export const fuseExaminations = [
  examination(['runtime-class-missing', 'runtime-class-handler'], ['runtimeClasses', 'configuration'], runtimeClasses),
  examination(['fuse-resource-missing', 'fuse-resource-nodes'], ['runtimeClasses', 'nodes', 'configuration'], nodes),
];

/** A handler of Kata, which every built-in profile takes for a sandbox. */
const handler = 'kata-qemu';

function isGranted({ effective }: LoadedConfiguration): boolean {
  return effective.mountFuse.namespaces.length > 0;
}

function runtimeClasses(
  { runtimeClasses: live, configuration }: Pick<Parts, 'runtimeClasses' | 'configuration'>,
  about: About,
): readonly Diagnosis[] {
  if (!isGranted(configuration)) return [];
  const { runtimeClassName, acceptedRuntimeClassNames } = configuration.effective.mountFuse;
  const found: Diagnosis[] = [];
  for (const name of new Set([runtimeClassName, ...acceptedRuntimeClassNames])) {
    const one = named(live, name);
    if (one !== undefined) found.push(...wrongHandler(one, configuration, about));
    else if (name === runtimeClassName) {
      found.push({
        id: 'runtime-class-missing',
        severity: 'error',
        title: 'pods that are granted the device are refused: their RuntimeClass is missing',
        evidence: [`mountFuse.runtimeClassName is ${name}, and there is no such RuntimeClass`],
        remedy: 'Make it, with the handler that the sandbox has on your nodes, or name another in the configuration.',
        command: createCommand({ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name }, handler }),
      });
    }
  }
  return found;
}

function wrongHandler(live: Fields, { configuration }: LoadedConfiguration, { clock }: About): readonly Diagnosis[] {
  const judge = { configuration, before: undefined, clock };
  const { findings } = judgeRecreation(runtimeClassSubject(live), judge);
  const finding = findings.find(({ check, enforced }) => check === 'runtime-class-handler' && enforced === 'deny');
  if (finding === undefined) return [];
  const again = {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: nameOf(live) },
    handler,
    overhead: live['overhead'],
    scheduling: live['scheduling'],
  };
  return [
    {
      id: 'runtime-class-handler',
      severity: 'error',
      title: 'a sandbox class leads to a handler that is not known to be a sandbox',
      evidence: [finding.message],
      remedy:
        'Make the class again with the handler of the sandbox, since a handler cannot be changed; or, if it is one, allow it (runtime-class-handler).',
      command: `${commandOf('kubectl', 'delete', 'runtimeclass', nameOf(live))}\n${createCommand(again)}`,
    },
  ];
}

function nodes({
  runtimeClasses: classes,
  nodes: all,
  configuration,
}: Pick<Parts, 'runtimeClasses' | 'nodes' | 'configuration'>): readonly Diagnosis[] {
  if (!isGranted(configuration)) return [];
  const { resource, runtimeClassName } = configuration.effective.mountFuse;
  const offering = all.filter((node) => Number(textAt(node, 'status', 'allocatable', resource)) > 0);
  const look = commandOf(
    'kubectl',
    'get',
    'nodes',
    `--output=custom-columns=NODE:.metadata.name,DEVICES:.status.allocatable.${resource.replaceAll('.', '\\.')}`,
  );
  if (offering.length === 0) {
    return [
      {
        id: 'fuse-resource-missing',
        severity: 'error',
        title: 'pods that are granted the device wait for ever: no node offers it',
        evidence: [`none of ${all.length} nodes has ${resource} in status.allocatable`],
        remedy: 'Install the device plugin (docs/exemptions.md has its exemption), or see why it does not run.',
        command: look,
      },
    ];
  }
  const selector = mapAt(named(classes, runtimeClassName), 'scheduling', 'nodeSelector');
  const fits = (node: Fields) => Object.entries(selector).every(([key, value]) => labelsOfObject(node)[key] === value);
  if (offering.some(fits)) return [];
  const wanted = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return [
    {
      id: 'fuse-resource-nodes',
      severity: 'error',
      title: 'pods that are granted the device wait for ever: no node of their RuntimeClass offers it',
      evidence: [
        `${resource} is on ${offering.map(nameOf).slice(0, 10).join(', ')}`,
        `the RuntimeClass ${runtimeClassName} wants nodes with ${wanted.join(',')}: ${all.filter(fits).map(nameOf).slice(0, 10).join(', ') || 'none'}`,
      ],
      remedy: 'Let the device plugin run on the nodes of the class: its nodeSelector, and its tolerations.',
      command: look,
    },
  ];
}
