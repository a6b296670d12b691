import { type Authenticate, listedTokens, reviewedTokens, tokensOf } from '../journal/server/authenticate.ts';
import { pollFiles } from '../tls/polled-files.ts';
import type { JournalServeFlags } from './journal-serve.ts';

/** How often the file of tokens is looked at, in milliseconds. */
const pollInterval = 5_000;

/** Who may write, by the flags; rejects when the file of tokens cannot be used. */
export async function writersOf(flags: JournalServeFlags): Promise<Authenticate> {
  const { tokenFile, writer = [], audience, kubeconfig } = flags;
  if (tokenFile !== undefined) {
    const tokens = await pollFiles([tokenFile], ([text = '']) => tokensOf(text), pollInterval);
    return listedTokens(() => tokens.current());
  }
  const [{ connect }, { tokenOwner }] = await Promise.all([
    import('../cluster/connection.ts'),
    import('../cluster/token-review.ts'),
  ]);
  const api = await connect({ kubeconfig });
  return reviewedTokens({ writers: writer, ownerOf: (token) => tokenOwner(api, token, audience) });
}
