import { get } from 'node:http';

/** Asks a plain-HTTP address once, on a connection of its own; true when it answers 200 within a second. */
export function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = get(url, { agent: false, signal: AbortSignal.timeout(1_000) }, (response) => {
      response.resume().on('error', () => undefined); // the timeout may strike after the head of the answer
      resolve(response.statusCode === 200);
    });
    asking.on('error', () => resolve(false));
  });
}
