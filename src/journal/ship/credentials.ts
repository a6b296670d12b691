import { readFile } from 'node:fs/promises';

/** What the journal is known by, and what we are known by there. */
export interface Credentials {
  /** PEM; undefined for the CAs that Node knows. */
  readonly ca: string | undefined;
  readonly token: string;
}

/** Where they are. */
export interface CredentialFiles {
  readonly caFile: string | undefined;
  readonly tokenFile: string;
}

/** Files that are read again when they may have changed. */
export interface CredentialReader {
  /** Rejects when a file cannot be read, or holds no token. */
  read(): Promise<Credentials>;
  /** Reads again at the next call, because the journal, or we, did not accept what they say. */
  forget(): void;
}

/** The kubelet renews a token at four fifths of its life, and a life is ten minutes at least. */
const maxAge = 60_000;

/** Reads the files at most once a minute, unless told to forget: they need not be there when the process starts. */
export function credentialReader({ caFile, tokenFile }: CredentialFiles): CredentialReader {
  let known: { readonly at: number; readonly credentials: Credentials } | undefined;
  return {
    async read() {
      if (known !== undefined && performance.now() - known.at < maxAge) return known.credentials;
      const [ca, text] = await Promise.all([
        caFile === undefined ? undefined : readFile(caFile, 'utf8'),
        readFile(tokenFile, 'utf8'),
      ]);
      const token = text.trim();
      if (!/^[\x21-\x7e]+$/.test(token)) throw new Error(`${tokenFile} holds no token`);
      known = { at: performance.now(), credentials: { ca, token } };
      return known.credentials;
    },
    forget() {
      known = undefined;
    },
  };
}
