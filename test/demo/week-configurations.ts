import { wholeDocument } from '../../src/config/effective.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import type { Configuration } from '../../src/config/policy.ts';

/** A configuration of the week, with when it came. */
export interface WeekConfiguration {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly configuration: Configuration;
  readonly document: Readonly<Record<string, unknown>>;
}

const dayMs = 86_400_000;

/**
 * How a site rolls out in a week that ends at `end`: the namespaces of the CI systems go from audit by warn to enforce,
 * and a node agent gets its exemption once it was refused.
 */
export function weekConfigurations(end: number): readonly WeekConfiguration[] {
  const start = end - 7 * dayMs;
  return [
    configured(start - 20 * dayMs, end, { ci: 'audit', exporter: false }),
    configured(start + 1.4 * dayMs, end, { ci: 'audit', exporter: true }),
    configured(start + 3.35 * dayMs, end, { ci: 'warn', exporter: true }),
    configured(start + 5.6 * dayMs, end, { ci: 'enforce', exporter: true }),
  ];
}

function configured(
  from: number,
  end: number,
  { ci, exporter }: { readonly ci: string; readonly exporter: boolean },
): WeekConfiguration {
  const loaded = loadConfiguration(textOf(end, ci, exporter), from);
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  const document = wholeDocument(loaded.effective);
  return { from, configuration: loaded.configuration, document };
}

function textOf(end: number, ci: string, exporter: boolean): string {
  const day = (days: number) => new Date(end + days * dayMs).toISOString().slice(0, 10);
  return `
apiVersion: pratique.dev/v1alpha1
kind: PratiqueConfiguration
namespaces:
  - { match: [kube-system], mode: audit }
  - match: [gitlab]
    builders: [{ profile: kaniko, containers: [build] }]
  - { match: [ci, argo], mode: ${ci} }
  - { match: [payments], profile: strict, mode: audit }
mountFuse: { namespaces: [gitlab, ci] }
exemptions:
  - name: fuse-device-plugin
    namespaces: [fuse-device-plugin]
    serviceAccounts: [generic-device-plugin]
    allow: { privileged: true, host-path-protected: { paths: [/dev, /var/lib/kubelet/device-plugins] } }
    owner: platform-team
    reason: publishes /dev/fuse as squat.ai/fuse
    expires: ${day(220)}
  - name: log-shipper
    namespaces: [logging]
    allow: { host-path-protected: { paths: [{ path: /var/log, tree: true, readOnly: true, submounts: accept }] } }
    owner: observability
    reason: reads the logs of all containers of a node
    expires: ${day(6)}
  - name: legacy-backup
    namespaces: [backup]
    allow: { host-path-protected: { paths: [{ path: /var/lib/etcd, readOnly: true }] } }
    owner: storage
    reason: copies etcd until the operator does
    expires: ${day(150)}
${
  exporter
    ? `  - name: node-exporter
    namespaces: [monitoring]
    allow: { host-network: true, host-pid: true, host-path-protected: { paths: [{ path: /sys, readOnly: true }] } }
    owner: observability
    reason: reads the metrics of the node
    expires: ${day(90)}
`
    : ''
}`;
}
