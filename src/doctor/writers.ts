import { nameOf, namespaceOf, objectsAt, textAt, textsAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { commandOf } from './commands.ts';
import { type About, type Diagnosis, examination } from './diagnosis.ts';
import type { Parts } from './state.ts';

/** Who else may write what decides: the webhook configurations, the namespace of the webhook, and where pods run. */
export const writerExaminations = [
  examination(
    ['writers-of-webhooks', 'writers-of-namespace', 'writers-of-bindings'],
    ['clusterRoles', 'clusterRoleBindings', 'roles', 'roleBindings', 'deployment'],
    (parts, about) => grantsOf(parts).flatMap((grant) => powers.flatMap((power) => told(power, grant, parts, about))),
  ),
];

/** What a binding gives to its subjects. */
interface Grant {
  readonly binding: Fields;
  /** Undefined for a ClusterRoleBinding. */
  readonly namespace: string | undefined;
  readonly rules: readonly Fields[];
}

/** Something that nobody else should be able to do. */
interface Power {
  readonly id: string;
  readonly title: string;
  readonly remedy: string;
  /** Whether a grant that holds there gives it at all. */
  reaches(grant: Grant, about: About): boolean;
  readonly verbs: readonly string[];
  /** Group → resources. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** The one name that matters; undefined where any does. */
  name(about: About): string | undefined;
}

const writing = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const;

const powers: readonly Power[] = [
  {
    id: 'writers-of-webhooks',
    title: 'may switch the webhook off',
    remedy: 'Take the right away, or name who may have it with --trust.',
    reaches: ({ namespace }) => namespace === undefined,
    verbs: writing,
    resources: {
      'admissionregistration.k8s.io': ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    },
    name: ({ name }) => name,
  },
  {
    id: 'writers-of-namespace',
    title: "may replace the webhook's program, configuration or key",
    remedy: 'Take the right away, or name who may have it with --trust. Nobody but administrators should write there.',
    reaches: ({ namespace }, about) => namespace === undefined || namespace === about.namespace,
    verbs: writing,
    resources: {
      '': [
        'configmaps',
        'endpoints',
        'pods',
        'pods/attach',
        'pods/ephemeralcontainers',
        'pods/exec',
        'secrets',
        'serviceaccounts/token',
        'services',
      ],
      apps: ['deployments', 'replicasets'],
      'discovery.k8s.io': ['endpointslices'],
      'rbac.authorization.k8s.io': ['rolebindings', 'roles'],
    },
    name: () => undefined,
  },
  {
    id: 'writers-of-bindings',
    title: 'may put pods on any node, past the scheduler and what the RuntimeClass says of nodes',
    remedy: 'Take the right away, or name the scheduler that needs it with --trust.',
    reaches: () => true,
    verbs: ['create'],
    resources: { '': ['pods/binding', 'bindings'] },
    name: () => undefined,
  },
];

function grantsOf(
  parts: Pick<Parts, 'clusterRoles' | 'clusterRoleBindings' | 'roles' | 'roleBindings'>,
): readonly Grant[] {
  const clusterRoles = new Map(parts.clusterRoles.map((role) => [nameOf(role), role]));
  const roles = new Map(parts.roles.map((role) => [`${namespaceOf(role)}/${nameOf(role)}`, role]));
  const rulesOf = (binding: Fields) => {
    const name = textAt(binding, 'roleRef', 'name');
    const isCluster = textAt(binding, 'roleRef', 'kind') === 'ClusterRole';
    return objectsAt(isCluster ? clusterRoles.get(name) : roles.get(`${namespaceOf(binding)}/${name}`), 'rules');
  };
  return [
    ...parts.clusterRoleBindings.map((binding) => ({ binding, namespace: undefined, rules: rulesOf(binding) })),
    ...parts.roleBindings.map((binding) => ({ binding, namespace: namespaceOf(binding), rules: rulesOf(binding) })),
  ];
}

function told(
  power: Power,
  grant: Grant,
  { deployment }: Pick<Parts, 'deployment'>,
  about: About,
): readonly Diagnosis[] {
  if (!power.reaches(grant, about)) return [];
  const may = new Set(grant.rules.flatMap((rule) => allowed(power, rule, about)));
  const subjects = objectsAt(grant.binding, 'subjects')
    .map((subject) => subjectName(subject, grant))
    .filter((subject) => !isController(subject, grant) && isElse(subject, power, deployment, about));
  if (may.size === 0 || subjects.length === 0) return [];
  const { binding, namespace } = grant;
  const what = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  const where = namespace === undefined ? [] : ['--namespace', namespace];
  return [
    {
      id: power.id,
      severity: subjects.some((one) => everybody.test(one)) ? 'error' : 'warning',
      title: `${subjects.length === 1 ? subjects[0] : `${subjects.length} subjects`} ${power.title}`,
      evidence: [
        `${what} ${namespace === undefined ? '' : `${namespace}/`}${nameOf(binding)} gives ${textAt(binding, 'roleRef', 'kind')} ${textAt(binding, 'roleRef', 'name')} to ${subjects.join(', ')}`,
        `which may ${[...may].slice(0, 6).join(', ')}${may.size > 6 ? ' and more' : ''}`,
      ],
      remedy: power.remedy,
      command: commandOf('kubectl', ...where, 'delete', what.toLowerCase(), nameOf(binding)),
    },
  ];
}

/** What of a power a rule gives: `patch deployments`. */
function allowed(power: Power, rule: Fields, about: About): readonly string[] {
  const names = textsAt(rule, 'resourceNames');
  const wanted = power.name(about);
  if (wanted !== undefined && names.length > 0 && !names.includes(wanted)) return [];
  const groups = textsAt(rule, 'apiGroups');
  const resources = textsAt(rule, 'resources');
  const verbs = textsAt(rule, 'verbs');
  const given = verbs.includes('*') ? ['do anything to'] : power.verbs.filter((verb) => verbs.includes(verb));
  const reached = Object.entries(power.resources).flatMap(([group, list]) =>
    groups.includes('*') || groups.includes(group) ? list.filter((one) => covers(resources, one)) : [],
  );
  // The API server does not know the name yet when something is created (k8s.io/apiserver/pkg/authorization).
  const verbsOfNamed = wanted !== undefined && names.length > 0 ? given.filter((verb) => verb !== 'create') : given;
  return reached.flatMap((resource) => verbsOfNamed.map((verb) => `${verb} ${resource}`));
}

/** k8s.io/kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go: `*` is everything, and a star before the slash a subresource of all. */
function covers(resources: readonly string[], resource: string): boolean {
  const slash = resource.indexOf('/');
  return (
    resources.includes('*') ||
    resources.includes(resource) ||
    (slash !== -1 && resources.includes(`*${resource.slice(slash)}`))
  );
}

function subjectName(subject: Fields, { namespace }: Grant): string {
  const kind = textAt(subject, 'kind');
  const name = textAt(subject, 'name');
  return kind === 'ServiceAccount'
    ? `${kind}:${textAt(subject, 'namespace') || (namespace ?? '')}/${name}`
    : `${kind}:${name}`;
}

/**
 * Whether it is a controller of Kubernetes itself, whose binding the API server makes
 * (k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy). Other bindings may have such names as well.
 */
function isController(subject: string, { binding }: Grant): boolean {
  const [, controller] = /^system:controller:(.+)$/.exec(nameOf(binding)) ?? [];
  return controller !== undefined && subject === `ServiceAccount:kube-system/${controller}`;
}

/** Groups that are as good as everybody. */
const everybody = /^(Group:system:(authenticated|unauthenticated|serviceaccounts)(:|$)|User:system:anonymous$)/;

function isElse(
  subject: string,
  { id }: Power,
  deployment: Parts['deployment'],
  { namespace, name, trusted }: About,
): boolean {
  if (trusted.has(subject)) return false;
  if (everybody.test(subject)) return true;
  if (/^(Group|User):system:/.test(subject)) return false;
  const account = textAt(deployment, 'spec', 'template', 'spec', 'serviceAccountName');
  if (subject === `ServiceAccount:${namespace}/${account}`) return false;
  // The CronJob that deletes old configurations: whoever could take its account writes the namespace already.
  return id !== 'writers-of-namespace' || !subject.startsWith(`ServiceAccount:${namespace}/${name}-`);
}
