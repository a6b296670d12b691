// The floor: what any webhook in Node pays. TLS, HTTP, collecting the body, JSON.parse, and an answer that is a constant,
// as long as the webhook's own. Run as `floor CERT_FILE KEY_FILE PORT [VALIDATE_BYTES MUTATE_BYTES]`.
// It has no type annotations, so that it is JavaScript as it stands: it is started without a compiler in the process.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [certFile = '', keyFile = '', port = '', ...lengths] = process.argv.slice(2);
const [toValidate = '', toMutate = ''] = [lengths[0] ?? '300', lengths[1] ?? '900'].map((length) => {
  const uid = '00000000-0000-4000-8000-000000000000';
  const response = { uid, allowed: true, patch: '' };
  const answer = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
  response.patch = 'A'.repeat(Math.max(0, Number(length) - JSON.stringify(answer).length));
  return JSON.stringify(answer);
});
const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: 'TLSv1.2' });
server.keepAliveTimeout = 125_000;
server.on('request', (request, response) => {
  const chunks = [Buffer.alloc(0)];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const review = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const answer = request.url?.startsWith('/mutate') ? toMutate : toValidate;
    response.writeHead(typeof review === 'object' ? 200 : 400, {
      'content-type': 'application/json',
      'content-length': answer.length,
    });
    response.end(answer);
  });
});
server.listen(Number(port), '127.0.0.1');
