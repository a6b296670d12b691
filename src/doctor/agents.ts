import { type Judged, judgeRecreation } from '../cluster/judging.ts';
import { nameOf, namespaceOf, objectsAt, textAt, valueAt } from '../kubernetes/fields.ts';
import { subjectReader } from '../kubernetes/reader.ts';
import { type Fields, UnreadableObjectError } from '../kubernetes/shape.ts';
import { commandOf, releaseCommand } from './commands.ts';
import { type About, type Diagnosis, examination } from './diagnosis.ts';
import { type LiveWebhooks, liveWebhooks } from './live-webhooks.ts';
import type { Parts } from './state.ts';

/** What every node runs: whether it would be denied, and whether it has to come up before the webhook can. */
export const agentExaminations = [
  examination(
    ['daemonset-denied', 'bootstrap-namespace'],
    ['daemonSets', 'validating', 'mutating', 'configuration', 'deployment'],
    (parts, about) => {
      const all = liveWebhooks(parts, about);
      const out = new Set([...all.spared.observed, ...all.spared.excluded]);
      const judged = parts.daemonSets.filter((one) => !out.has(namespaceOf(one)));
      return [
        ...judged.flatMap((one) => denied(one, parts, about)),
        ...bootstrap(judged, all, parts.deployment, about),
      ];
    },
  ),
];

function denied(
  daemonSet: Fields,
  { configuration }: Pick<Parts, 'configuration'>,
  { clock }: About,
): readonly Diagnosis[] {
  const judged = judge(daemonSet, { configuration: configuration.configuration, before: undefined, clock });
  const denying = judged?.findings.filter(({ enforced }) => enforced === 'deny') ?? [];
  const [first] = denying;
  if (first === undefined) return [];
  const isEnforced = configuration.configuration.policyFor(namespaceOf(daemonSet)).mode === 'enforce';
  const named = `${namespaceOf(daemonSet)}/${nameOf(daemonSet)}`;
  return [
    {
      id: 'daemonset-denied',
      severity: isEnforced ? 'error' : 'info',
      title: isEnforced
        ? `the DaemonSet ${named} would not come back on a new node`
        : `the DaemonSet ${named} would be denied if its namespace were enforced`,
      evidence: [...new Map(denying.map(({ check, message }) => [check, `${check}: ${message}`])).values()],
      remedy: 'Exempt it (docs/exemptions.md has ready exemptions for well-known agents), or change it:',
      command: commandOf('pratique', 'scan', '--config', 'FILE', '--namespace', namespaceOf(daemonSet)),
    },
  ];
}

function judge(daemonSet: Fields, judge: Parameters<typeof judgeRecreation>[1]): Judged | undefined {
  const read = subjectReader({ group: 'apps', kind: 'DaemonSet' });
  try {
    const subject = read?.(daemonSet, namespaceOf(daemonSet));
    return subject && judgeRecreation(subject, judge);
  } catch (error) {
    if (error instanceof UnreadableObjectError) return undefined;
    throw error;
  }
}

/** What nodes need to come up: with failurePolicy Fail, a cluster that starts waits for it and for us. */
function bootstrap(
  judged: readonly Fields[],
  { live, spared }: LiveWebhooks,
  deployment: Parts['deployment'],
  about: About,
): readonly Diagnosis[] {
  const agents = judged.filter((one) => whyCritical(one).reasons.length > 0);
  if (agents.length === 0) return [];
  const isClosed = live.some(({ expected, fields }) => expected.decides && textAt(fields, 'failurePolicy') === 'Fail');
  const namespaces = [...new Set(agents.map(namespaceOf))].sort();
  const fixed = new Set(['kube-system', 'kube-node-lease', about.namespace]);
  const all = [...new Set([...spared.observed.filter((name) => !fixed.has(name)), ...namespaces])];
  return [
    {
      id: 'bootstrap-namespace',
      severity: isClosed && agents.some((one) => whyCritical(one).isSure) ? 'warning' : 'info',
      title: 'nodes may need pods that are judged, and so cannot come up while the webhook is away',
      evidence: agents.map(
        (one) => `DaemonSet ${namespaceOf(one)}/${nameOf(one)}: ${whyCritical(one).reasons.join(', ')}`,
      ),
      remedy:
        'What nodes need to come up (CNI, CSI, DNS) belongs into webhook.bootstrapNamespaces; it is then recorded, and never denied.',
      command: releaseCommand(deployment, about, { set: { 'webhook.bootstrapNamespaces': all } }),
    },
  ];
}

/** Folders of the node in which a CNI or CSI plugin puts itself. */
const pluginFolders = [
  '/etc/cni',
  '/opt/cni',
  '/var/lib/kubelet/plugins',
  '/var/lib/kubelet/plugins_registry',
] as const;

/** Why nodes may need a pod to come up, and whether it is more than a sign of that. */
function whyCritical(daemonSet: Fields): { readonly reasons: readonly string[]; readonly isSure: boolean } {
  const spec = valueAt(daemonSet, 'spec', 'template', 'spec');
  const folders = objectsAt(spec, 'volumes').map((volume) => textAt(volume, 'hostPath', 'path'));
  const plugin = pluginFolders.find((known) => folders.some((one) => one === known || one.startsWith(`${known}/`)));
  const sure = [
    ...(textAt(spec, 'priorityClassName') === 'system-node-critical' ? ['system-node-critical'] : []),
    ...(plugin === undefined ? [] : [plugin]),
  ];
  return {
    reasons: [...(valueAt(spec, 'hostNetwork') === true ? ['hostNetwork'] : []), ...sure],
    isSure: sure.length > 0,
  };
}
