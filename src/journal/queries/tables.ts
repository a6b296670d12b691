import type { Gap, Instance } from './health.ts';
import type { CountsResult, DecisionResult, DecisionRow } from './questions.ts';
import { type Answer, type Cell, findingsCell, moreNotes, type Table, timeCell } from './table.ts';
import type { ConfigurationDifference, ConfigurationRow, ExemptionsResult, FuseResult } from './usage.ts';

/** Decisions as rows. */
export function decisionTable(rows: readonly DecisionRow[]): Table {
  return {
    columns: [
      'time',
      'decision',
      'namespace',
      'object',
      'owner',
      'user',
      'checks',
      'images',
      'mode',
      'profile',
      'exemption',
      'webhook',
      'operation',
      'dryRun',
      'config',
      'ms',
      'instance',
      'seq',
      'id',
    ],
    rows: rows.map((row) => [
      timeCell(row.ts),
      row.decision,
      row.namespace,
      `${row.resource ?? ''}/${row.name ?? ''}`,
      row.owner,
      row.user,
      row.checks.map(({ check, outcome }) => `${check}:${outcome}`).join(' '),
      row.images.join(' '),
      row.mode,
      row.profile,
      row.exemption,
      row.webhook,
      row.operation,
      row.dryRun ? 'true' : 'false',
      row.configHash,
      row.durationMs,
      row.instance,
      row.seq,
      row.id,
    ]),
  };
}

/** One decision as rows: its findings. */
export function wholeDecisionTable(found: DecisionResult): Answer {
  const { record, row, neighbours } = found;
  const own = decisionTable([row]);
  const facts = own.columns.map((column, index): readonly Cell[] => [column, own.rows[0]?.[index] ?? null]);
  const findings = record.judgements.map((one): readonly Cell[] => [
    `finding ${one.check}`,
    `${one.outcome} (${one.because}${one.ref === null ? '' : ` ${one.ref}`}) at ${one.pointer}: ${one.value}`,
  ]);
  const audit = Object.entries(found.audit ?? {}).map(([name, value]): readonly Cell[] => [name, value]);
  const near = (['owner', 'user'] as const).flatMap((side) =>
    (['after', 'before'] as const).flatMap((when) =>
      neighbours[side][when].map((one): readonly Cell[] => [
        `${when}, same ${side}`,
        `${timeCell(one.ts)} ${one.decision} ${one.resource ?? ''}/${one.name ?? ''} (${one.instance} ${one.seq})`,
      ]),
    ),
  );
  return {
    json: found,
    table: { columns: ['what', 'value'], rows: [...facts, ...findings, ...audit, ...near] },
    notes: [],
  };
}

/** Counts as rows. */
export function countTable(result: CountsResult): Answer {
  const timed = result.rows.some(({ at }) => at !== null);
  return {
    json: result,
    table: {
      columns: [...(timed ? ['time'] : []), ...result.by, 'n'],
      rows: result.rows.map(({ at, keys, n }) => [...(timed ? [timeCell(at)] : []), ...keys, n]),
    },
    notes: moreNotes(result.more),
  };
}

/** Exemptions as rows. */
export function exemptionTable(result: ExemptionsResult): Answer {
  const unknown = result.unknownConfigurations;
  return {
    json: result,
    table: {
      columns: [
        'exemption',
        'state',
        'used',
        'n',
        'first',
        'last',
        'expires',
        'owner',
        'reason',
        'namespaces',
        'findings',
      ],
      rows: result.exemptions.map((one) => [
        one.name,
        one.state,
        one.used ? 'used' : 'unused',
        one.n,
        timeCell(one.first),
        timeCell(one.last),
        one.expires,
        one.owner,
        one.reason,
        one.namespaces.join(' '),
        findingsCell(one.findings),
      ]),
    },
    notes:
      unknown.length === 0
        ? []
        : [`What these configurations in force say is not in the journal: ${unknown.join(', ')}.`],
  };
}

/** Mutated and refused pods as rows. */
export function fuseTable(result: FuseResult): Answer {
  const mutated = result.mutated.map((one): readonly Cell[] => [
    one.decision,
    one.namespace,
    one.workload,
    null,
    one.n,
    timeCell(one.first),
    timeCell(one.last),
  ]);
  const refused = result.refused.map((one): readonly Cell[] => [
    one.outcome,
    one.namespace,
    one.workload,
    `${one.check} ${one.value}`,
    one.n,
    timeCell(one.first),
    timeCell(one.last),
  ]);
  return {
    json: result,
    table: {
      columns: ['what', 'namespace', 'workload', 'finding', 'n', 'first', 'last'],
      rows: [...mutated, ...refused],
    },
    notes: moreNotes(result.more),
  };
}

/** Configurations as rows. */
export function configurationTable(rows: readonly ConfigurationRow[]): Answer {
  return {
    json: { configurations: rows },
    table: {
      columns: ['config', 'first', 'last', 'known', 'instances', 'decisions'],
      rows: rows.map(({ hash, firstSeen, lastSeen, known, instances, decisions }) => [
        hash,
        timeCell(firstSeen),
        timeCell(lastSeen),
        known ? 'known' : 'unknown',
        instances.join(' '),
        Object.entries(decisions)
          .map(([decision, n]) => `${decision} ${n}`)
          .join(', '),
      ]),
    },
    notes: [],
  };
}

/** What two configurations differ in, as rows. */
export function changeTable(result: ConfigurationDifference): Answer {
  const { unknown } = result;
  return {
    json: result,
    table: {
      columns: ['subject', 'effect', 'change'],
      rows: result.changes.map(({ subject, effect, text }) => [subject, effect, text]),
    },
    notes:
      unknown.length > 0 ? [`The journal does not know what these configurations say: ${unknown.join(', ')}.`] : [],
  };
}

/** Gaps as rows. */
export function gapTable(gaps: readonly Gap[]): Answer {
  return {
    json: { gaps, missing: gaps.reduce((sum, { missing }) => sum + missing, 0) },
    table: {
      columns: ['instance', 'firstSeq', 'lastSeq', 'missing', 'after', 'before'],
      rows: gaps.map((one) => [
        one.instance,
        one.firstSeq,
        one.lastSeq,
        one.missing,
        timeCell(one.after),
        timeCell(one.before),
      ]),
    },
    notes: [],
  };
}

/** Instances as rows. */
export function instanceTable(instances: readonly Instance[]): Answer {
  return {
    json: { instances },
    table: {
      columns: [
        'instance',
        'state',
        'version',
        'config',
        'started',
        'lastSeen',
        'lastHeartbeat',
        'received',
        'dropped',
        'queued',
        'certificateExpires',
      ],
      rows: instances.map((one) => [
        one.name,
        one.state,
        one.version,
        one.configHash,
        timeCell(one.startedAt),
        timeCell(one.lastSeen),
        timeCell(one.lastHeartbeat),
        one.received,
        one.dropped,
        one.queued,
        timeCell(one.certificateExpires),
      ]),
    },
    notes: [],
  };
}
