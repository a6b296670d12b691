import { jsonText } from './json-text.ts';
import type { ObjectResult, ReadError, Reporter } from './result.ts';

/**
 * Writes version 1 of the JSON report, one result a line: scripts rely on its keys.
 *
 * `pods` is only there in the result of an owner of pods.
 *
 * `line` is null where it is unknown, `document` of an error where the file itself could not be read. Errors are kept
 * until the end, since they stand after the results; results are not, so that only a run of errors takes memory.
 */
export function jsonReporter(): Reporter {
  return jsonReporterWith(() => ({}));
}

/** The same with further keys at the end, which are asked for when everything else has been written. */
export function jsonReporterWith(more: () => Readonly<Record<string, unknown>>): Reporter {
  const errors: string[] = [];
  let isFirst = true;
  return {
    begin: () => '{"version":1,"results":[',
    result(result) {
      const separator = isFirst ? '\n' : ',\n';
      isFirst = false;
      return `${separator}${jsonText(resultOf(result))}`;
    },
    error(error) {
      errors.push(jsonText(errorOf(error)));
      return '';
    },
    end() {
      const last = Object.entries(more()).map(([key, value]) => `,${jsonText(key)}:${jsonText(value)}`);
      const told = errors.map((error) => `\n${error}`).join(',');
      return `\n],"errors":[${told}${errors.length === 0 ? '' : '\n'}]${last.join('')}}\n`;
    },
  };
}

function resultOf(result: ObjectResult): unknown {
  const { file, document, apiVersion, kind, namespace, name, pods, verdict, findings } = result;
  return {
    file,
    document,
    apiVersion,
    kind,
    namespace,
    name,
    ...(pods === undefined ? {} : { pods }),
    verdict,
    findings: findings.map(({ check, severity, action, pointer, at, message }) => ({
      check,
      severity,
      action,
      pointer,
      line: at?.line ?? null,
      message,
    })),
  };
}

function errorOf({ file, document, message }: ReadError): unknown {
  return { file, document: document ?? null, message };
}
