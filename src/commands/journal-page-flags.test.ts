import { expect, it } from 'vitest';
import { type PageFlags, pageConflict, signInOf } from './journal-page-flags.ts';

const proxy = {
  pagePort: 8082,
  pageUserHeader: 'X-Forwarded-User',
  pageGroupsHeader: 'X-Forwarded-Groups',
  pageAllowGroup: ['security'],
};

it.each<readonly [string, PageFlags]>([
  ['no page', {}],
  ['a page for whoever reaches the loopback address', { pagePort: 8082, pageHost: ['journal.example.com'] }],
  ['an auth proxy in the same pod', proxy],
  ['an auth proxy elsewhere', { ...proxy, pageClientCaFile: 'ca.crt', pageClientName: ['proxy.auth.svc'] }],
])('takes flags for %s', (_, flags) => {
  expect(pageConflict(flags)).toBeUndefined();
});

it.each<readonly [string, PageFlags, string]>([
  ['a group but no port', { pageAllowGroup: ['security'] }, 'need --page-port'],
  ['one header', { pagePort: 1, pageUserHeader: 'X-User' }, 'go together'],
  ['a group but no headers', { pagePort: 1, pageAllowGroup: ['security'] }, 'nobody else tells the groups'],
  ['headers but no group', { ...proxy, pageAllowGroup: [] }, 'nobody could look'],
  ['a CA but no name', { ...proxy, pageClientCaFile: 'ca.crt' }, '--page-client-name go together'],
  ['a name but no CA', { ...proxy, pageClientName: ['proxy'] }, '--page-client-name go together'],
  [
    'a certificate but no headers',
    { pagePort: 1, pageClientCaFile: 'ca.crt', pageClientName: ['proxy'] },
    'name the headers',
  ],
])('says what is wrong with %s', (_, flags, message) => {
  expect(pageConflict(flags)).toContain(message);
});

it('believes no headers unless both are named', () => {
  expect(signInOf({ pagePort: 8082 })).toEqual({});
  expect(signInOf(proxy)).toEqual({
    proxy: { user: 'X-Forwarded-User', groups: 'X-Forwarded-Groups', allowGroups: ['security'] },
  });
});
