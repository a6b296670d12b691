import type { Random } from '../harness/mulberry32.ts';

/** Somebody who makes pods, and how often: in a week, on a working day mostly. */
export interface Maker {
  readonly namespace: string;
  readonly user: string;
  readonly groups: readonly string[];
  /** Of all pods of the week. */
  readonly weight: number;
  /** Whether it goes on at night and on Sunday. */
  readonly always?: boolean;
  readonly dryRun?: boolean;
  pod(random: Random): WeekPod;
}

/** A pod with its owner; a generated name where it has none. */
export interface WeekPod {
  readonly name?: string;
  readonly generateName?: string;
  readonly owner?: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

type Container = Readonly<Record<string, unknown>>;

const projects = ['shop-backend', 'shop-frontend', 'billing', 'search', 'mobile-api', 'data-platform'];
const replicaSets = 'system:serviceaccount:kube-system:replicaset-controller';
const daemonSets = 'system:serviceaccount:kube-system:daemon-set-controller';
const jobs = 'system:serviceaccount:kube-system:job-controller';

/** Everybody who makes pods in the demo's week. */
export const makers: readonly Maker[] = [
  gitlab(30, buildWithImg),
  gitlab(7, dockerInDocker),
  gitlab(3, withSocket),
  gitlab(16, withKaniko),
  gitlab(5, (random) =>
    runner(random, [{ name: 'build', image: 'node:24', env: [{ name: 'DOCKER_HOST', value: 'tcp://docker:2375' }] }]),
  ),
  of('ci', 'system:serviceaccount:ci:jenkins', 12, jenkinsAgent),
  of('ci', 'system:serviceaccount:ci:jenkins', 6, jenkinsDocker),
  of('argo', 'system:serviceaccount:argo:workflow-controller', 6, argoStep),
  controller('web', replicaSets, 8, (random) =>
    replica(random, 'storefront', [{ name: 'app', image: 'registry.example.com/shop/storefront:4.2.1' }], {
      hostNetwork: random() < 0.2,
    }),
  ),
  controller('payments', replicaSets, 8, (random) =>
    replica(random, 'ledger', [{ name: 'ledger', image: 'registry.example.com/payments/ledger:2.0.3' }]),
  ),
  controller('payments', jobs, 4, nightlyReport),
  controller('fuse-device-plugin', daemonSets, 3, devicePlugin, true),
  controller('logging', daemonSets, 5, logShipper, true),
  controller('monitoring', daemonSets, 5, nodeExporter, true),
  controller('kube-system', daemonSets, 4, cniAgent, true),
  person('alice@example.com', 'web', 1.2, debugPod),
  person('bob@example.com', 'search', 0.8, debugPod),
  { ...person('mallory@example.com', 'default', 0.5, reachForTheNode), dryRun: false },
  { ...person('carol@example.com', 'ci', 0.6, debugPod), dryRun: true },
];

function of(namespace: string, user: string, weight: number, pod: Maker['pod'], always = false): Maker {
  const groups = [
    'system:serviceaccounts',
    `system:serviceaccounts:${user.split(':')[2] ?? ''}`,
    'system:authenticated',
  ];
  return { namespace, user, groups, weight, pod, always };
}

function gitlab(weight: number, pod: Maker['pod']): Maker {
  return of('gitlab', 'system:serviceaccount:gitlab:gitlab-runner', weight, pod);
}

function controller(namespace: string, user: string, weight: number, pod: Maker['pod'], always = false): Maker {
  return of(namespace, user, weight, pod, always);
}

function person(name: string, namespace: string, weight: number, pod: Maker['pod']): Maker {
  return { namespace, user: name, groups: ['oidc:developers', 'system:authenticated'], weight, pod };
}

function runner(
  random: Random,
  containers: readonly Container[],
  more: Pick<WeekPod, 'labels'> & { readonly volumes?: unknown } = {},
): WeekPod {
  const project = Math.floor(random() * projects.length);
  const { labels, volumes } = more;
  return {
    name: `runner-${word(random, 9)}-project-${70 + project}-concurrent-${Math.floor(random() * 4)}-${word(random, 8)}`,
    labels: { 'project.runner.gitlab.com/name': projects[project] ?? '', ...labels },
    spec: {
      serviceAccountName: 'default',
      ...(volumes === undefined ? {} : { volumes }),
      containers: [
        { name: 'helper', image: 'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v18.6.0' },
        ...containers,
      ],
    },
  };
}

function buildWithImg(random: Random): WeekPod {
  return runner(random, [{ name: 'build', image: 'r.j3ss.co/img:v0.5.11' }], { labels: { 'mount-fuse': 'true' } });
}

function dockerInDocker(random: Random): WeekPod {
  return runner(random, [
    { name: 'build', image: 'docker:28-cli', securityContext: { privileged: true } },
    { name: 'svc-0', image: 'docker:28-dind', securityContext: { privileged: true } },
  ]);
}

function withSocket(random: Random): WeekPod {
  return runner(
    random,
    [{ name: 'build', image: 'docker:28-cli', volumeMounts: [{ name: 'engine', mountPath: '/var/run/docker.sock' }] }],
    {
      volumes: [{ name: 'engine', hostPath: { path: '/var/run/docker.sock' } }],
    },
  );
}

function withKaniko(random: Random): WeekPod {
  return runner(random, [{ name: 'build', image: 'ghcr.io/osscontainertools/kaniko:v1.27.0-debug' }]);
}

function jenkinsAgent(random: Random): WeekPod {
  const job = pick(random, ['nightly', 'release', 'pull-request']);
  return {
    name: `${job}-${Math.floor(random() * 900)}-${word(random, 5)}-${word(random, 5)}`,
    spec: {
      containers: [
        { name: 'jnlp', image: 'jenkins/inbound-agent:3345.v03dee9b_f88fc-1' },
        { name: 'maven', image: 'maven:3.9-eclipse-temurin-21' },
      ],
    },
  };
}

function jenkinsDocker(random: Random): WeekPod {
  const { name, spec } = jenkinsAgent(random);
  const docker = { name: 'docker', image: 'docker:28-dind', securityContext: { privileged: true } };
  return {
    ...(name === undefined ? {} : { name }),
    spec: { containers: [...(spec['containers'] as readonly Container[]), docker] },
  };
}

function argoStep(random: Random): WeekPod {
  const name = `build-images-${word(random, 5)}`;
  const volumes = [{ name: 'run', hostPath: { path: '/run/containerd/containerd.sock' } }];
  return {
    name: `${name}-${Math.floor(random() * 1e9)}`,
    owner: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name },
    spec: {
      ...(random() < 0.5 ? { volumes } : {}),
      containers: [{ name: 'main', image: 'moby/buildkit:v0.26.2-rootless' }],
    },
  };
}

function replica(random: Random, name: string, containers: readonly Container[], spec: object = {}): WeekPod {
  const set = `${name}-${random() < 0.5 ? '7d9f8b6c5d' : '5b8c7f9d4e'}`;
  return {
    generateName: `${set}-`,
    owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set },
    spec: { ...spec, containers },
  };
}

function nightlyReport(random: Random): WeekPod {
  const name = `report-${29_390_000 + 1440 * Math.floor(random() * 4)}`;
  return {
    generateName: `${name}-`,
    owner: { apiVersion: 'batch/v1', kind: 'Job', name },
    spec: {
      containers: [
        { name: 'report', image: 'registry.example.com/payments/report:1.9.0', securityContext: { runAsUser: 0 } },
      ],
    },
  };
}

function daemon(name: string, spec: Readonly<Record<string, unknown>>): WeekPod {
  return { generateName: `${name}-`, owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name }, spec };
}

function devicePlugin(): WeekPod {
  return daemon('generic-device-plugin', {
    serviceAccountName: 'generic-device-plugin',
    volumes: [
      { name: 'device-plugin', hostPath: { path: '/var/lib/kubelet/device-plugins' } },
      { name: 'dev', hostPath: { path: '/dev' } },
    ],
    containers: [
      {
        name: 'generic-device-plugin',
        image: 'ghcr.io/squat/generic-device-plugin:0.1.0',
        securityContext: { privileged: true },
      },
    ],
  });
}

function logShipper(): WeekPod {
  return daemon('fluent-bit', {
    volumes: [{ name: 'varlog', hostPath: { path: '/var/log' } }],
    containers: [
      {
        name: 'fluent-bit',
        image: 'cr.fluentbit.io/fluent/fluent-bit:4.1.1',
        volumeMounts: [{ name: 'varlog', mountPath: '/var/log', readOnly: true }],
      },
    ],
  });
}

function nodeExporter(): WeekPod {
  return daemon('node-exporter', {
    hostNetwork: true,
    hostPID: true,
    volumes: [{ name: 'sys', hostPath: { path: '/sys' } }],
    containers: [
      {
        name: 'node-exporter',
        image: 'quay.io/prometheus/node-exporter:v1.10.2',
        volumeMounts: [{ name: 'sys', mountPath: '/host/sys', readOnly: true }],
      },
    ],
  });
}

function cniAgent(): WeekPod {
  return daemon('cilium', {
    hostNetwork: true,
    containers: [
      { name: 'cilium-agent', image: 'quay.io/cilium/cilium:v1.18.4', securityContext: { privileged: true } },
    ],
  });
}

function debugPod(random: Random): WeekPod {
  return {
    name: `debug-${word(random, 5)}`,
    spec: {
      hostPID: random() < 0.4,
      containers: [{ name: 'shell', image: 'nicolaka/netshoot:v0.14', securityContext: { privileged: true } }],
    },
  };
}

function reachForTheNode(random: Random): WeekPod {
  const path = pick(random, ['/run/docker.sock', '//var//run/docker.sock/', '/var/run', '/proc/1/root/run', '/']);
  return {
    name: pick(random, ['test', 'tmp', 'nginx']),
    spec: {
      volumes: [{ name: 'host', hostPath: { path } }],
      containers: [{ name: 'c', image: 'alpine:3.22', volumeMounts: [{ name: 'host', mountPath: '/host' }] }],
    },
  };
}

function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

function word(random: Random, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 36).toString(36)).join('');
}
