const suffixes: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

// One way to read digits, so that none are read twice: \d+\.?\d* takes quadratic time for a long row of them.
const pattern = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eE]([+-]?\d{1,3})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

/**
 * Whether a quantity, as Kubernetes writes it (`1`, `"1"`, `1000m`, `1e0`), is exactly this whole number.
 *
 * Syntax: `k8s.io/apimachinery/pkg/api/resource/quantity.go`. What is no quantity equals nothing.
 */
export function quantityEquals(quantity: unknown, count: number): boolean {
  if (typeof quantity === 'number') return quantity === count;
  if (typeof quantity !== 'string') return false;
  const match = pattern.exec(quantity);
  if (match === null) return false;
  const [, digits, exponent, suffix] = match;
  const scale = exponent === undefined ? (suffixes[suffix ?? ''] ?? Number.NaN) : 10 ** Number(exponent);
  return Number(digits) * scale === count;
}
