import { journal } from './dashboard-journal.ts';
import { lastHour, ours, type PanelWords, quantile, type Row, rate, stat, webhooks } from './dashboard-parts.ts';

const overview: readonly PanelWords[] = [
  stat('Replicas', `count(pratique_build_info{${ours}})`),
  stat('Reviews a second', `sum(rate(pratique_reviews_total{${ours}}[5m]))`, { unit: 'reqps' }),
  stat('Denied, last hour', lastHour('pratique_reviews_total', 'decision="deny"')),
  stat('Would be denied, last hour', lastHour('pratique_reviews_total', 'decision="would-deny"')),
  stat('Errors, last hour', lastHour('pratique_internal_errors_total'), { bad: 1 }),
  stat(
    'Failed open, last hour',
    `sum(increase(apiserver_admission_webhook_fail_open_count{${webhooks}}[1h])) or vector(0)`,
    {
      bad: 1,
      description: 'What the API server let through because no replica answered.',
    },
  ),
  stat('Break-glass, last hour', lastHour('pratique_break_glass_total'), { bad: 1 }),
  stat('Configurations in force', `count(count by (hash) (pratique_configuration_info{${ours}}))`, { bad: 2 }),
];

const decisions: readonly PanelWords[] = [
  {
    title: 'Reviews by decision',
    unit: 'reqps',
    queries: { '{{decision}}': rate('decision', 'pratique_reviews_total') },
  },
  {
    title: 'Reviews by webhook',
    unit: 'reqps',
    queries: { '{{webhook}} {{operation}}': rate('webhook, operation', 'pratique_reviews_total') },
  },
  { title: 'Reviews by mode', unit: 'reqps', queries: { '{{mode}}': rate('mode', 'pratique_reviews_total') } },
  {
    title: 'Denied and would be denied',
    description: 'What enforcing everywhere would add to what is denied today.',
    unit: 'reqps',
    queries: { '{{decision}}': rate('decision', 'pratique_reviews_total', 'decision=~"deny|would-deny"') },
  },
  {
    title: 'Requests without a review',
    unit: 'reqps',
    queries: { '{{code}} {{reason}}': rate('code, reason', 'pratique_rejected_requests_total') },
  },
  {
    title: 'Not judged',
    unit: 'reqps',
    queries: {
      'unchanged updates, {{webhook}}': rate('webhook', 'pratique_unchanged_updates_total'),
      'kind {{kind}}': rate('kind', 'pratique_unjudged_kinds_total'),
      'unreadable: {{reason}}': rate('reason', 'pratique_unreadable_reviews_total'),
    },
  },
];

const findings: readonly PanelWords[] = [
  {
    title: 'Findings by check',
    unit: 'cps',
    queries: { '{{check}}': `topk(10, ${rate('check', 'pratique_findings_total')})` },
  },
  {
    title: 'Findings by outcome',
    description: 'Left of the arrow what the profile says, right of it what was done.',
    unit: 'cps',
    queries: { '{{action}} → {{outcome}}': rate('action, outcome', 'pratique_findings_total') },
  },
  {
    title: 'Held back, by check',
    description: 'Denials of the profile that a mode, an exemption, a builder profile or break-glass held back.',
    unit: 'cps',
    queries: { '{{check}}': rate('check', 'pratique_findings_total', 'action="deny",outcome!="deny"') },
  },
  {
    title: 'Checks, last day',
    type: 'table',
    width: 12,
    queries: { '': `sort_desc(sum by (check, action, outcome) (increase(pratique_findings_total{${ours}}[1d])))` },
  },
  {
    title: 'Old findings of updated objects',
    unit: 'cps',
    width: 12,
    queries: { '{{check}}': rate('check', 'pratique_inherited_findings_total') },
  },
];

const latency: readonly PanelWords[] = [
  {
    title: 'Time in the webhook',
    unit: 's',
    queries: Object.fromEntries(
      [0.5, 0.9, 0.99].map((share) => [
        `p${share * 100} {{webhook}}`,
        quantile(share, 'webhook', `pratique_review_duration_seconds_bucket{${ours}}`),
      ]),
    ),
  },
  {
    title: 'Time that the API server waits',
    description: 'Network, queue and TLS included.',
    unit: 's',
    queries: {
      'p99 {{name}}': quantile(
        0.99,
        'name',
        `apiserver_admission_webhook_admission_duration_seconds_bucket{${webhooks}}`,
      ),
    },
  },
  {
    title: 'Bytes in flight',
    unit: 'bytes',
    queries: {
      '{{instance}}': `pratique_inflight_bytes{${ours}}`,
      limit: `min(pratique_inflight_bytes_limit{${ours}})`,
    },
  },
];

const exemptions: readonly PanelWords[] = [
  {
    title: 'Reviews that an exemption covered',
    unit: 'cps',
    queries: { '{{exemption}}': rate('exemption', 'pratique_exemption_uses_total') },
  },
  {
    title: 'Last use',
    type: 'table',
    unit: 'dateTimeAsIso',
    queries: { '': `max by (exemption) (pratique_exemption_last_use_timestamp_seconds{${ours}}) * 1000` },
  },
  stat('Expired', `max(pratique_exemptions_expired{${ours}})`, { width: 4, bad: 1 }),
  stat('Expire within a week', `max(pratique_exemptions_expiring{${ours}})`, { width: 4, bad: 1 }),
];

const certificates: readonly PanelWords[] = [
  {
    title: 'Time left',
    unit: 's',
    queries: { '{{kind}}': `min by (kind) (pratique_certificate_expiry_seconds{${ours}}) - time()` },
  },
  {
    title: 'State',
    description: '1 is good.',
    queries: {
      'certificate loaded': `min(pratique_certificate_current{${ours}})`,
      'configuration loaded': `min(pratique_configuration_current{${ours}})`,
      'caBundle {{configuration}}': `min by (configuration) (pratique_ca_bundle_current{${ours}})`,
    },
  },
  {
    title: 'Reconciliation',
    queries: {
      'repairs of {{configuration}}': `sum by (configuration) (increase(pratique_ca_bundle_repairs_total{${ours}}[$__rate_interval]))`,
      failures: `sum(increase(pratique_tls_reconcile_failures_total{${ours}}[$__rate_interval]))`,
      'seconds since the last': `time() - min(pratique_tls_last_reconcile_timestamp_seconds{${ours}} > 0)`,
    },
  },
];

const replicas: readonly PanelWords[] = [
  { title: 'Memory', unit: 'bytes', queries: { '{{instance}}': `process_resident_memory_bytes{${ours}}` } },
  {
    title: 'CPU',
    unit: 'percentunit',
    queries: { '{{instance}}': `rate(process_cpu_seconds_total{${ours}}[$__rate_interval])` },
  },
  { title: 'Event loop lag, p99', unit: 's', queries: { '{{instance}}': `nodejs_eventloop_lag_p99_seconds{${ours}}` } },
  { title: 'Versions', queries: { '{{version}}': `count by (version) (pratique_build_info{${ours}})` } },
  { title: 'Configurations', queries: { '{{hash}}': `count by (hash) (pratique_configuration_info{${ours}})` } },
  {
    title: 'Errors and losses, last 5 minutes',
    queries: {
      'internal errors': `sum(increase(pratique_internal_errors_total{${ours}}[5m]))`,
      'records lost': `sum(increase(pratique_records_dropped_total{${ours}}[5m]))`,
      'reloads that failed': `sum(increase(pratique_configuration_reload_failures_total{${ours}}[5m]))`,
    },
  },
  {
    title: 'Spans, where reviews are traced',
    unit: 'ops',
    queries: {
      sent: `sum(rate(pratique_spans_exported_total{${ours}}[$__rate_interval]))`,
      lost: `sum(rate(pratique_spans_dropped_total{${ours}}[$__rate_interval]))`,
    },
  },
];

const apiServer: readonly PanelWords[] = [
  {
    title: 'Calls',
    unit: 'reqps',
    queries: {
      '{{name}} {{code}}': `sum by (name, code) (rate(apiserver_admission_webhook_request_total{${webhooks}}[$__rate_interval]))`,
    },
  },
  {
    title: 'Refused objects',
    description: 'no_error: denied by a decision. Anything else: the webhook could not be asked.',
    unit: 'reqps',
    queries: {
      '{{name}} {{error_type}}': `sum by (name, error_type) (rate(apiserver_admission_webhook_rejection_count{${webhooks}}[$__rate_interval]))`,
    },
  },
  {
    title: 'Admitted without being asked',
    unit: 'reqps',
    queries: {
      '{{name}}': `sum by (name) (rate(apiserver_admission_webhook_fail_open_count{${webhooks}}[$__rate_interval]))`,
    },
  },
  {
    title: 'Match conditions',
    unit: 'reqps',
    queries: {
      'excluded {{name}}': `sum by (name) (rate(apiserver_admission_match_condition_exclusions_total{${webhooks}}[$__rate_interval]))`,
      'errors {{name}}': `sum by (name) (rate(apiserver_admission_match_condition_evaluation_errors_total{${webhooks}}[$__rate_interval]))`,
    },
  },
  {
    title: 'Time to evaluate match conditions, p99',
    unit: 's',
    queries: {
      '{{name}}': quantile(0.99, 'name', `apiserver_admission_match_condition_evaluation_seconds_bucket{${webhooks}}`),
    },
  },
];

/** The dashboard, from top to bottom. */
export const rows: readonly Row[] = [
  { title: 'Overview', height: 4, panels: overview },
  { title: 'Decisions', height: 8, panels: decisions },
  { title: 'Findings', height: 8, panels: findings },
  { title: 'Latency', height: 8, panels: latency },
  { title: 'Exemptions', height: 8, panels: exemptions },
  { title: 'Certificates and configuration', height: 8, panels: certificates },
  { title: 'Replicas', height: 8, panels: replicas },
  { title: 'Journal', height: 8, panels: journal },
  { title: 'The view of the API server', height: 8, panels: apiServer },
];
