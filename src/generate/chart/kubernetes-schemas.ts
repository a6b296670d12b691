/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const number: Schema = { type: 'integer' };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
  additionalProperties: false,
});

const quantities = mapOf({ type: ['string', 'number'] });
const requirement = object({ key: text, operator: text, values: listOf(text) }, ['key', 'operator']);
const labelSelector = object({ matchLabels: mapOf(text), matchExpressions: listOf(requirement) });
const nodeTerm = object({ matchExpressions: listOf(requirement), matchFields: listOf(requirement) });
const podTerm = object(
  {
    labelSelector,
    namespaceSelector: labelSelector,
    namespaces: listOf(text),
    topologyKey: text,
    matchLabelKeys: listOf(text),
    mismatchLabelKeys: listOf(text),
  },
  ['topologyKey'],
);
const podAffinity = object({
  requiredDuringSchedulingIgnoredDuringExecution: listOf(podTerm),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(
    object({ weight: number, podAffinityTerm: podTerm }, ['weight', 'podAffinityTerm']),
  ),
});
const affinity = object({
  nodeAffinity: object({
    requiredDuringSchedulingIgnoredDuringExecution: object({ nodeSelectorTerms: listOf(nodeTerm) }, [
      'nodeSelectorTerms',
    ]),
    preferredDuringSchedulingIgnoredDuringExecution: listOf(
      object({ weight: number, preference: nodeTerm }, ['weight', 'preference']),
    ),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
});

const confinement: Readonly<Record<string, Schema>> = {
  seccompProfile: object({ type: text, localhostProfile: text }, ['type']),
  appArmorProfile: object({ type: text, localhostProfile: text }, ['type']),
  seLinuxOptions: object({ user: text, role: text, type: text, level: text }),
  runAsUser: number,
  runAsGroup: number,
  runAsNonRoot: flag,
};

const source = (...keys: readonly string[]): Schema =>
  object(Object.fromEntries(keys.map((key) => [key, key === 'optional' ? flag : text])));
const envVar = object(
  {
    name: text,
    value: text,
    valueFrom: object({
      fieldRef: source('apiVersion', 'fieldPath'),
      configMapKeyRef: source('name', 'key', 'optional'),
      secretKeyRef: source('name', 'key', 'optional'),
    }),
  },
  ['name'],
);

const port: Schema = { type: ['integer', 'string'] };
const action = {
  exec: object({ command: listOf(text) }),
  httpGet: object(
    { path: text, port, scheme: text, host: text, httpHeaders: listOf(object({ name: text, value: text })) },
    ['port'],
  ),
  tcpSocket: object({ port, host: text }, ['port']),
};
const probe = object({
  ...action,
  grpc: object({ port: number, service: text }, ['port']),
  initialDelaySeconds: number,
  periodSeconds: number,
  timeoutSeconds: number,
  successThreshold: number,
  failureThreshold: number,
  terminationGracePeriodSeconds: number,
});
const handler = object({ ...action, sleep: object({ seconds: number }, ['seconds']) });

const securityContext = object({
  ...confinement,
  allowPrivilegeEscalation: flag,
  readOnlyRootFilesystem: flag,
  privileged: flag,
  capabilities: object({ add: listOf(text), drop: listOf(text) }),
});
const resources = object({ requests: quantities, limits: quantities });

/** A container beside ours: what only a terminal, a block device or an initialisation needs is left out. */
const container = object(
  {
    name: text,
    image: text,
    imagePullPolicy: text,
    command: listOf(text),
    args: listOf(text),
    workingDir: text,
    env: listOf(envVar),
    envFrom: listOf(
      object({ prefix: text, configMapRef: source('name', 'optional'), secretRef: source('name', 'optional') }),
    ),
    ports: listOf(object({ name: text, containerPort: number, protocol: text }, ['containerPort'])),
    resources,
    volumeMounts: listOf(object({ name: text, mountPath: text, subPath: text, readOnly: flag }, ['name', 'mountPath'])),
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    lifecycle: object({ postStart: handler, preStop: handler }),
    terminationMessagePath: text,
    terminationMessagePolicy: text,
    securityContext,
  },
  ['name', 'image'],
);

const files = { items: listOf(object({ key: text, path: text, mode: number }, ['key', 'path'])), optional: flag };
/** A volume of a pod that needs nothing of its node. */
const volume = object(
  {
    name: text,
    configMap: object({ name: text, defaultMode: number, ...files }, ['name']),
    secret: object({ secretName: text, defaultMode: number, ...files }, ['secretName']),
    emptyDir: object({ medium: text, sizeLimit: { type: ['string', 'number'] } }),
    persistentVolumeClaim: object({ claimName: text, readOnly: flag }, ['claimName']),
    csi: object({ driver: text, readOnly: flag, fsType: text, volumeAttributes: mapOf(text) }, ['driver']),
    projected: object({
      defaultMode: number,
      sources: listOf(
        object({
          configMap: object({ name: text, ...files }, ['name']),
          secret: object({ name: text, ...files }, ['name']),
          serviceAccountToken: object({ path: text, audience: text, expirationSeconds: number }, ['path']),
        }),
      ),
    }),
  },
  ['name'],
);

const namespacePattern = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';

/** What values take over into Kubernetes' objects, closed, so that a misspelt key is refused before it is sent. */
export const kubernetesSchemas: Readonly<Record<string, Schema>> = {
  affinity,
  container,
  deploymentStrategy: object({
    type: { enum: ['RollingUpdate', 'Recreate'] },
    rollingUpdate: object({
      maxSurge: { type: ['integer', 'string'] },
      maxUnavailable: { type: ['integer', 'string'] },
    }),
  }),
  duration: { type: 'string', pattern: '^([0-9]{1,6}(ms|s|m|h|d))?$' },
  envVar,
  localObjectReference: object({ name: text }, ['name']),
  namespaceName: { type: 'string', pattern: `^${namespacePattern}$` },
  namespaceNameOrEmpty: { type: 'string', pattern: `^(${namespacePattern})?$` },
  networkPolicyPeer: object({
    ipBlock: object({ cidr: text, except: listOf(text) }, ['cidr']),
    namespaceSelector: labelSelector,
    podSelector: labelSelector,
  }),
  podSecurityContext: object({
    ...confinement,
    fsGroup: number,
    fsGroupChangePolicy: text,
    supplementalGroups: listOf(number),
    supplementalGroupsPolicy: text,
  }),
  resources,
  securityContext,
  stringMap: mapOf(text),
  toleration: object({ key: text, operator: text, value: text, effect: text, tolerationSeconds: number }),
  topologySpreadConstraint: object(
    {
      maxSkew: number,
      topologyKey: text,
      whenUnsatisfiable: { enum: ['DoNotSchedule', 'ScheduleAnyway'] },
      labelSelector,
      matchLabelKeys: listOf(text),
      minDomains: number,
      nodeAffinityPolicy: text,
      nodeTaintsPolicy: text,
    },
    ['maxSkew', 'topologyKey', 'whenUnsatisfiable'],
  ),
  volume,
};
