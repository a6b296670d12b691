// What the scripts of this folder share: the chart puts it before each of them.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const account = process.env.SERVICE_ACCOUNT_FOLDER ?? '/var/run/secrets/kubernetes.io/serviceaccount';
const read = (name) => readFileSync(`${account}/${name}`, 'utf8');

/** Sends one request to the API server; resolves with status and body whatever the status. */
// biome-ignore lint/correctness/noUnusedVariables: called by the script that follows
function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${read('token')}`,
      'content-type': 'application/json',
      // Node sends the body of a DELETE without its length, and the server would take it for the next request.
      'content-length': Buffer.byteLength(payload),
    };
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
    const options = { method, path, host, port, ca: read('ca.crt'), headers, timeout: 30_000 };
    const outgoing = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}
