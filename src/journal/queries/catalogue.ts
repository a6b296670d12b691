/** What a parameter of a question means, for help texts: name → one line. */
export const parameterBriefs = {
  since: 'How far to look back, such as 24h or 7d; 7d if absent',
  from: 'Where to start instead: 2026-11-22 or 2026-11-22T12:00:00Z, in UTC',
  to: 'Where to end, itself not in it; now if absent',
  user: 'User; * stands for any text',
  namespace: 'Namespace; * stands for any text',
  owner: 'Owner, such as Job/build-7; * stands for any text',
  image: 'Image as it was asked for; * stands for any text',
  check: 'Check of which there was a finding',
  checks: 'Checks whose action is raised, with commas between them',
  exemption: 'Exemption; * stands for any text',
  config: 'Hash of the configuration',
  instance: 'Instance of the webhook',
  decision: 'Decisions, with commas between them; all for every one',
  webhook: 'validate, mutate or observe',
  name: "A part of the object's name",
  by: 'What to count by, with commas between: decision, webhook, check, namespace, workload, user',
  bucket: 'hour, day or none',
  cursor: 'Where the page starts: next or previous of an earlier answer',
  limit: 'Rows at most',
  id: 'Number in this journal',
  seq: 'Number of the instance',
  uid: "The review's uid",
  mode: 'Mode to raise to: enforce or warn',
  action: 'Action to raise checks to: deny or warn; deny if absent',
  profile: 'Profile to raise to',
  soon: 'How long before its end an exemption counts as expiring; 14d if absent',
  old: 'Hash of the configuration before',
  new: 'Hash of the configuration after',
} as const;

/** The name of a parameter. */
export type ParameterName = keyof typeof parameterBriefs;

/** What a question is, without what answers it. */
export interface QuestionInfo {
  readonly brief: string;
  readonly parameters: readonly ParameterName[];
}

const time = ['since', 'from', 'to'] as const;
const filter = [
  'user',
  'namespace',
  'owner',
  'image',
  'check',
  'exemption',
  'config',
  'instance',
  'decision',
  'webhook',
  'name',
] as const;

/** All questions, by the name that the command line and the JSON API know them by. */
export const catalogue = {
  breaks: {
    brief: 'What would be denied, were a mode, an action or a profile raised: by workload',
    parameters: [...time, 'namespace', 'mode', 'checks', 'action', 'profile', 'limit'],
  },
  changes: { brief: 'What differs between two configurations, in words', parameters: ['old', 'new'] },
  configurations: { brief: 'Configurations, and what was decided under them', parameters: time },
  decision: {
    brief: 'One decision whole, with what came before and after',
    parameters: ['id', 'instance', 'seq', 'uid'],
  },
  decisions: { brief: 'Decisions, newest first', parameters: [...time, ...filter, 'cursor', 'limit'] },
  denials: {
    brief: 'How many were denied, by check, namespace, workload or user, over time',
    parameters: [...time, 'by', 'bucket', ...filter, 'limit'],
  },
  exemptions: {
    brief: 'Exemptions: used, unused, expiring, and what each let through',
    parameters: [...time, 'exemption', 'soon'],
  },
  fuse: {
    brief: 'Workloads that were mutated, and labelled pods that were refused',
    parameters: [...time, 'namespace', 'limit'],
  },
  gaps: { brief: 'Records that are missing', parameters: [...time, 'limit'] },
  instances: { brief: 'Instances of the webhook, and which are silent', parameters: [] },
  slowest: { brief: 'The slowest reviews, of those that took 10 ms or more', parameters: [...time, 'limit'] },
} as const satisfies Readonly<Record<string, QuestionInfo>>;

/** The name of a question. */
export type QuestionName = keyof typeof catalogue;

/** All names, in order. */
export const questionNames = Object.keys(catalogue) as readonly QuestionName[];
