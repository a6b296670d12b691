import { githubReporter } from './github.ts';
import { jsonReporter } from './json.ts';
import { junitReporter } from './junit.ts';
import type { Reporter } from './result.ts';
import { sarifReporter } from './sarif.ts';
import { textReporter } from './text.ts';

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

/** Starts a report in a format: its reporter serves one report. */
export function reporterFor(format: Format, options: FormatOptions): Reporter {
  switch (format) {
    case 'text':
      return textReporter(options);
    case 'json':
      return jsonReporter();
    case 'sarif':
      return sarifReporter(options);
    case 'junit':
      return junitReporter();
    case 'github':
      return githubReporter();
  }
}
