import { ours, type PanelWords, pods, rate, stat } from './dashboard-parts.ts';

/** The panels of the journal: its servers, and the replicas that ship to it. */
export const journal: readonly PanelWords[] = [
  {
    title: 'Records shipped and stored',
    unit: 'cps',
    queries: {
      shipped: `sum(rate(pratique_shipping_records_total{${ours}}[$__rate_interval]))`,
      stored: `sum(rate(pratique_journal_records_stored_total{${pods}}[$__rate_interval]))`,
      'sent twice': `sum(rate(pratique_journal_records_duplicate_total{${pods}}[$__rate_interval]))`,
      'not stored': `sum(rate(pratique_journal_store_failures_total{${pods}}[$__rate_interval]))`,
    },
  },
  {
    title: 'Records that did not come',
    description: 'Dropped by replicas; the log has them. Refused by the journal.',
    unit: 'cps',
    queries: {
      'dropped: {{reason}}': rate('reason', 'pratique_shipping_dropped_records_total'),
      'refused: {{reason}}': `sum by (reason) (rate(pratique_journal_lines_refused_total{${pods}}[$__rate_interval]))`,
    },
  },
  {
    title: 'Waiting for the journal',
    description: 'Lines in memory of replicas, and how long it has not been reached.',
    queries: {
      'lines {{instance}}': `pratique_shipping_queue_lines{${ours}}`,
      'bytes {{instance}}': `pratique_shipping_queue_bytes{${ours}}`,
      'retries {{instance}}': `increase(pratique_shipping_retries_total{${ours}}[5m])`,
      'seconds since the last answer': `time() - min(pratique_shipping_last_success_timestamp_seconds{${ours}} > 0)`,
    },
  },
  stat('Missing records', `max(pratique_journal_missing_records{${pods}})`, { bad: 1 }),
  stat('Silent replicas', `max(pratique_journal_silent_replicas{${pods}})`, { bad: 1 }),
  stat('Size', `max(pratique_journal_store_bytes{${pods}})`, { unit: 'bytes' }),
  stat('Since', `max(pratique_journal_horizon_timestamp_seconds{${pods}} > 0) * 1000`, { unit: 'dateTimeAsIso' }),
  stat('Retention', `time() - max(pratique_journal_retention_timestamp_seconds{${pods}} > 0)`, {
    unit: 's',
    bad: 7200,
    description: 'Since it last ran.',
  }),
  stat('Retention failures', `sum(increase(pratique_journal_retention_failures_total{${pods}}[1h]))`, { bad: 1 }),
  stat('Certificate', `min(pratique_journal_certificate_expiry_seconds{${pods}}) - time()`, { unit: 's' }),
  stat('Servers', `count(pratique_journal_build_info{${pods}})`),
  {
    title: 'Time to store',
    unit: 's',
    queries: Object.fromEntries(
      [0.5, 0.99].map((share) => [
        `p${share * 100}`,
        `histogram_quantile(${share}, sum by (le) (rate(pratique_journal_insert_seconds_bucket{${pods}}[$__rate_interval])))`,
      ]),
    ),
  },
  {
    title: 'Callers and answers',
    unit: 'reqps',
    queries: {
      '{{outcome}}': `sum by (outcome) (rate(pratique_journal_authentications_total{${pods}}[$__rate_interval]))`,
      '{{code}}': `sum by (code) (rate(pratique_journal_requests_total{${pods}}[$__rate_interval]))`,
    },
  },
  {
    title: 'Age of heartbeats',
    unit: 's',
    queries: { '{{replica}}': `max by (replica) (pratique_journal_heartbeat_age_seconds{${pods}})` },
  },
];
