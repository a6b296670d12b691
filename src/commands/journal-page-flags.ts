import { type SignIn, signInProblems } from '../journal/page/sign-in.ts';
import { parsePort } from './flag-values.ts';

/** The flags of the journal's page. */
export interface PageFlags {
  readonly pagePort?: number;
  readonly pageHost?: readonly string[];
  readonly pageUserHeader?: string;
  readonly pageGroupsHeader?: string;
  readonly pageAllowGroup?: readonly string[];
  readonly pageClientCaFile?: string;
  readonly pageClientName?: readonly string[];
}

const text = { kind: 'parsed', parse: String, optional: true } as const;
const texts = { kind: 'parsed', parse: String, variadic: true, optional: true } as const;

/** How they are given on a command line. */
export const pageFlags = {
  pagePort: {
    kind: 'parsed',
    parse: parsePort,
    optional: true,
    brief:
      'Port of the page and its JSON API; no page if absent. On 127.0.0.1, but with --page-client-ca-file on all addresses',
    placeholder: 'port',
  },
  pageHost: { ...texts, brief: 'Host name by which the page is reached, beside localhost', placeholder: 'name' },
  pageUserHeader: {
    ...text,
    brief: "Header in which an auth proxy tells the user's name: X-Forwarded-User",
    placeholder: 'name',
  },
  pageGroupsHeader: {
    ...text,
    brief: "Header with the user's groups, commas between them: X-Forwarded-Groups",
    placeholder: 'name',
  },
  pageAllowGroup: { ...texts, brief: 'Group whose members may look', placeholder: 'group' },
  pageClientCaFile: {
    ...text,
    brief: "CAs (PEM) of the auth proxy's certificate, where it is in another pod",
    placeholder: 'file',
  },
  pageClientName: { ...texts, brief: 'DNS name in that certificate', placeholder: 'name' },
} as const;

/** Who may look at the page. */
export function signInOf(flags: PageFlags): SignIn {
  const { pageUserHeader: user, pageGroupsHeader: groups, pageAllowGroup: allowGroups = [], pageClientName } = flags;
  return {
    ...(user === undefined || groups === undefined ? {} : { proxy: { user, groups, allowGroups } }),
    ...(pageClientName === undefined ? {} : { clientNames: pageClientName }),
  };
}

/** Why the page cannot be served like this, in words; undefined when it can. */
export function pageConflict(flags: PageFlags): string | undefined {
  const { pagePort, pageUserHeader, pageGroupsHeader, pageAllowGroup = [], pageClientCaFile, pageClientName } = flags;
  const given = Object.entries(flags).some(([name, value]) => isPageFlag(name) && value !== undefined);
  if (pagePort === undefined) return given ? 'the flags of the page need --page-port' : undefined;
  if ((pageUserHeader === undefined) !== (pageGroupsHeader === undefined)) {
    return '--page-user-header and --page-groups-header go together';
  }
  if (pageUserHeader === undefined && pageAllowGroup.length > 0) {
    return '--page-allow-group needs --page-user-header and --page-groups-header: nobody else tells the groups';
  }
  if ((pageClientCaFile === undefined) !== (pageClientName === undefined)) {
    return '--page-client-ca-file and --page-client-name go together';
  }
  return signInProblems(signInOf(flags))[0];
}

function isPageFlag(name: string): boolean {
  return name !== 'pagePort' && Object.hasOwn(pageFlags, name);
}
