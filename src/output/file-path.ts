/**
 * The path of a file as reports name it: with forward slashes, without `.` and empty segments.
 *
 * A backslash counts as a separator: a name of Windows would otherwise match no file of the repository, while hardly any
 * file elsewhere has one in its name.
 */
export function filePath(file: string): string {
  const path = file.replaceAll('\\', '/');
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return `${path.startsWith('/') ? '/' : ''}${segments.join('/')}`;
}

/**
 * The path of a file as a URI reference (RFC 3986 §4.1): relative as it is, absolute with the scheme `file`.
 *
 * A colon is encoded, so that the first segment is never taken for a scheme; half a surrogate pair becomes U+FFFD.
 */
export function fileUri(file: string): string {
  const path = filePath(file).toWellFormed();
  const drive = /^[A-Za-z]:\//.test(path) ? `/${path.slice(0, 2)}` : '';
  const rest = (drive === '' ? path : path.slice(2)).split('/').map(encodeURIComponent).join('/');
  return drive === '' && !path.startsWith('/') ? rest : `file://${drive}${rest}`;
}
