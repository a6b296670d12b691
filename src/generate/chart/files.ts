import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { chartReadme } from './readme.ts';
import { type ChartValue, readChartValues } from './values-comments.ts';
import { valuesSchemaFile } from './values-schema.ts';

const chart = new URL('../../../charts/pratique/', import.meta.url);

/** Writes the chart's values.schema.json from its values.yaml. */
export function chartSchemaFile(): string {
  return valuesSchemaFile(values());
}

/** Writes the chart's README.md from its values.yaml and Chart.yaml. */
export function chartReadmeFile(): string {
  const { version, kubeVersion } = parse(readFileSync(new URL('Chart.yaml', chart), 'utf8'));
  return chartReadme(values(), { version, kubeVersion });
}

function values(): readonly ChartValue[] {
  return readChartValues(readFileSync(new URL('values.yaml', chart), 'utf8'));
}
