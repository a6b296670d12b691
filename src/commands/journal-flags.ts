import { parseBytes } from './flag-values.ts';

/** Flags of `serve` about where records are shipped to. */
export interface JournalFlags {
  readonly journalUrl?: string;
  readonly journalTokenFile?: string;
  readonly journalCaFile?: string;
  readonly journalServerName?: string;
  readonly journalQueue: number;
}

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const;

/** Their parsers and help texts. */
export const journalFlags = {
  journalUrl: text('Journal that records are shipped to as well: https://host:port', 'url'),
  journalTokenFile: text('Token that the journal knows us by; read again when it changes', 'file'),
  journalCaFile: text("CAs (PEM) of the journal's certificate; the public ones if absent", 'file'),
  journalServerName: text("Name in the journal's certificate; that of the URL if absent", 'name'),
  journalQueue: {
    kind: 'parsed',
    parse: parseBytes,
    default: '16Mi',
    brief: 'Memory for records that wait for the journal; above it the oldest are dropped',
    placeholder: 'bytes',
  },
} as const;

/** Four batches. */
const smallestQueue = 256 * 1024;

/** What is wrong with these flags together; undefined when nothing is. */
export function journalConflict(flags: JournalFlags): string | undefined {
  const { journalUrl, journalTokenFile, journalCaFile, journalServerName } = flags;
  if (journalUrl === undefined) {
    const given = Object.entries({
      '--journal-token-file': journalTokenFile,
      '--journal-ca-file': journalCaFile,
      '--journal-server-name': journalServerName,
    }).find(([, value]) => value !== undefined);
    return given === undefined ? undefined : `${given[0]} needs --journal-url`;
  }
  const url = URL.canParse(journalUrl) ? new URL(journalUrl) : undefined;
  if (url?.protocol !== 'https:') return `--journal-url must be an https:// address, not "${journalUrl}"`;
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    return '--journal-url is an address and at most a path: no user, no query, no fragment';
  }
  if (journalTokenFile === undefined) {
    return '--journal-url needs --journal-token-file: the journal takes records only from writers that it knows';
  }
  if (flags.journalQueue < smallestQueue) return '--journal-queue must be at least 256Ki';
  return undefined;
}
