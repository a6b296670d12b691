import { isObject } from '../kubernetes/shape.ts';
import { type ClusterApi, ClusterError, refusalOf } from './api.ts';

/** Whose a token is: undefined when it is nobody's, or not for this audience. */
export type TokenOwner = string | undefined;

/**
 * Asks the API server whose a bearer token is (authentication.k8s.io/v1 TokenReview).
 *
 * The audience must be among those that the answer names: an authenticator that knows nothing of audiences leaves them
 * out, and its tokens are for the API server alone. Rejects with ClusterError when the API server does not say.
 */
export async function tokenOwner(api: ClusterApi, token: string, audience: string): Promise<TokenOwner> {
  const answer = await api.send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: [audience] } },
    timeoutMs: 5_000,
    attempts: 1,
  });
  if (answer.status !== 201 && answer.status !== 200) {
    throw new ClusterError(`the API server does not review tokens: ${refusalOf(answer)}`);
  }
  const status = isObject(answer.body) ? answer.body['status'] : undefined;
  if (!isObject(status)) throw new ClusterError('the API server answers a TokenReview without a status');
  const { authenticated, audiences, user } = status;
  if (authenticated !== true || !Array.isArray(audiences) || !audiences.includes(audience)) return undefined;
  const name = isObject(user) ? user['username'] : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
