// A fastify server that does nothing but listen over TLS: what the time from the start to listening is held against.
// Run as `bare-fastify CERT_FILE KEY_FILE PORT`. It has no type annotations, for the reason that floor.ts gives.
import { readFileSync } from 'node:fs';
import { fastify } from 'fastify';

const [certFile = '', keyFile = '', port = ''] = process.argv.slice(2);
const app = fastify({ https: { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: 'TLSv1.2' } });
app.post('/validate', () => ({ allowed: true }));
await app.listen({ port: Number(port), host: '127.0.0.1' });
