import type { Reporter } from './result.ts';

/** The names of the formats, the default first. */
export const formats = ['text', 'json', 'sarif', 'junit', 'github'] as const;

/** The name of a format. */
export type Format = (typeof formats)[number];

/** What a format may have to be told. */
export interface FormatOptions {
  /** Whether text has colours. */
  readonly color: boolean;
  /** The program's version, for SARIF. */
  readonly version: string;
}

/** Starts a report: a reporter serves one. */
export type ReporterFactory = (options: FormatOptions) => Reporter;

/** Loads a format, and none of the others: their libraries would double the start of a command. */
export async function reporterFactory(format: Format): Promise<ReporterFactory> {
  switch (format) {
    case 'text':
      return (await import('./text.ts')).textReporter;
    case 'json':
      return (await import('./json.ts')).jsonReporter;
    case 'sarif':
      return (await import('./sarif.ts')).sarifReporter;
    case 'junit':
      return (await import('./junit.ts')).junitReporter;
    case 'github':
      return (await import('./github.ts')).githubReporter;
  }
}
