/** How many times a property is tried: a few in `npm test`, many in `npm run nightly`, which sets the factor. */
export function runs(usual: number): number {
  return usual * Number(process.env['PRATIQUE_PROPERTY_FACTOR'] ?? '1');
}
