/** The labels of the pods that the kubelet runs as processes. */
export const labels = { app: 'webhook' };

const metadata = { name: 'pratique', namespace: 'pratique' };
const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/pratique';

/** An account that may read one Secret, the Service and the configuration, each with the path to create it at. */
export const accessObjects: readonly (readonly [string, object])[] = [
  ['/api/v1/namespaces/pratique/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata }],
  [
    `${rbac}/roles`,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['serving'], verbs: ['get'] }],
    },
  ],
  [
    `${rbac}/rolebindings`,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'pratique' },
      subjects: [{ kind: 'ServiceAccount', name: 'pratique', namespace: 'pratique' }],
    },
  ],
  [
    '/api/v1/namespaces/pratique/services',
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ name: 'https', port: 443, targetPort: 'https' }] },
    },
  ],
  [
    '/api/v1/namespaces/pratique/configmaps',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'config.yaml': configuration() } },
  ],
];

function configuration(): string {
  return JSON.stringify({
    apiVersion: 'pratique.dev/v1alpha1',
    kind: 'PratiqueConfiguration',
    mountFuse: { namespaces: ['gitlab'] },
  });
}

/** The serving certificate as a Secret. */
export function tlsSecret({ cert, key }: { readonly cert: string; readonly key: string }): object {
  const stringData = { 'tls.crt': cert, 'tls.key': key };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'serving' }, type: 'kubernetes.io/tls', stringData };
}

const probe = (path: string) => ({
  httpGet: { path, port: 'http' },
  periodSeconds: 1,
  timeoutSeconds: 2,
  failureThreshold: 3,
});

/** A Deployment of the webhook: three pods, or one with another container in place of it. */
export function deployment(name: string, over: Readonly<Record<string, unknown>>): object {
  const isWebhook = name === 'pratique';
  const container = {
    name: 'webhook',
    image: 'registry.example.com/pratique:1',
    args: [
      'serve',
      '--config=/etc/pratique/config.yaml',
      '--tls-cert-file',
      '/tls/tls.crt',
      '--tls-key-file',
      '/tls/tls.key',
      // Long enough for the API server to use each idle connection once more, or to meet its end before it does.
      '--drain=5s',
    ],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    ports: [
      { name: 'https', containerPort: 8443 },
      { name: 'http', containerPort: 8080 },
    ],
    startupProbe: { ...probe('/livez'), failureThreshold: 60 },
    livenessProbe: probe('/livez'),
    readinessProbe: probe('/readyz'),
    lifecycle: { preStop: { sleep: { seconds: 2 } } },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/pratique' },
      { name: 'tls', mountPath: '/tls' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
    ...over,
  };
  const pods = { ...labels, deployment: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'pratique' },
    spec: {
      replicas: isWebhook ? 3 : 1,
      selector: { matchLabels: pods },
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels: pods },
        spec: {
          serviceAccountName: 'pratique',
          terminationGracePeriodSeconds: 15,
          containers: [container],
          volumes: [
            { name: 'config', configMap: { name: 'pratique' } },
            { name: 'tls', secret: { secretName: 'serving' } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  };
}
