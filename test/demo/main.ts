import { fileURLToPath } from 'node:url';
import { demoByCluster } from './cluster.ts';
import { print } from './report.ts';
import { demoByReviews } from './reviews.ts';

const configFile = fileURLToPath(new URL('./pratique.yaml', import.meta.url));

async function main(args: readonly string[]): Promise<void> {
  const unknown = args.filter((arg) => arg !== '--cluster');
  if (unknown.length > 0) {
    print(`usage: npm run demo [-- --cluster]   (${unknown.join(' ')} is unknown)`);
    process.exitCode = 2;
    return;
  }
  const different = args.includes('--cluster') ? await demoByCluster(configFile) : await demoByReviews(configFile);
  print(
    different === 0 ? '\nAll pods became what they should.' : `\n${different} pods did not become what they should.`,
  );
  process.exitCode = different === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
