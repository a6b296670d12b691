/**
 * Names of the account of Windows itself, in lower case, without and with its authority
 * (learn.microsoft.com/windows/win32/services/localsystem-account).
 */
export const windowsSystemUsers: ReadonlySet<string> = new Set([
  '.\\localsystem',
  'localsystem',
  'nt authority\\localsystem',
  'nt authority\\system',
  'system',
]);
