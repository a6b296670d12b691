import type { BreakResult, Coverage, SimulateResult, WorkloadChange } from './roll-out.ts';
import { type Answer, type Cell, findingsCell, moreNotes, timeCell } from './table.ts';

const workloadColumns = ['namespace', 'workload', 'n', 'first', 'last', 'findings'] as const;

function workloadCells({ namespace, workload, n, first, last, findings }: WorkloadChange): readonly Cell[] {
  return [namespace, workload, n, timeCell(first), timeCell(last), findingsCell(findings)];
}

/** What would break as rows. */
export function breakTable(result: BreakResult): Answer {
  return {
    json: result,
    table: {
      columns: ['kind', ...workloadColumns],
      rows: [
        ...result.breaks.map((one) => ['would be denied', ...workloadCells(one)]),
        ...unjudgedRows(result.coverage),
      ],
    },
    notes: [...moreNotes(result.more > 0), ...coverageNotes(result.coverage)],
  };
}

/** A simulation as rows. */
export function simulateTable(result: SimulateResult): Answer {
  const changes = result.changes.map(({ from, to, n }) => `${n} from ${from} to ${to}`).join(', ');
  return {
    json: result,
    table: {
      columns: ['kind', ...workloadColumns],
      rows: [
        ...result.newlyDenied.map((one) => ['newly denied', ...workloadCells(one)]),
        ...result.newlyAdmitted.map((one) => ['newly admitted', ...workloadCells(one)]),
        ...unjudgedRows(result.coverage),
      ],
    },
    notes: [
      `Decisions that change: ${changes === '' ? 'none' : changes}; ${result.unchanged} stay as they were.`,
      ...moreNotes(result.more > 0),
      ...coverageNotes(result.coverage),
    ],
  };
}

function unjudgedRows({ unjudged }: Coverage): readonly (readonly Cell[])[] {
  return unjudged.map(({ reason, detail, n, first, last, workloads }) => [
    `cannot be judged: ${reason}`,
    null,
    workloads.join(' '),
    n,
    timeCell(first),
    timeCell(last),
    detail,
  ]);
}

function coverageNotes({ read, judged, notRecorded, versions, readFrom }: Coverage): readonly string[] {
  const made = Object.entries(versions).map(([version, n]) => `${n} by ${version}`);
  return [
    `${judged} of ${read} records could be judged anew.`,
    `${notRecorded.plain} of ${notRecorded.reviews} reviews, since the start of the instances, were plain allows without a record: nothing is said about them.`,
    ...(made.length > 1
      ? [`Records were made by several versions, which may find other things: ${made.join(', ')}.`]
      : []),
    ...(readFrom === null ? [] : [`There are more records: only those from ${timeCell(readFrom)} on were read.`]),
  ];
}
