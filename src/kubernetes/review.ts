import { type Fields, isObject } from './shape.ts';

/** The wire form of an admission review: `k8s.io/api/admission/v1/types.go`. */
export interface AdmissionReview {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What is read of an AdmissionRequest; `object` and `oldObject` are as they were sent, null when absent. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  readonly subResource: string;
  readonly name: string;
  readonly namespace: string;
  readonly operation: Operation;
  readonly userInfo: UserInfo;
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly dryRun: boolean;
}

export interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: { readonly causes: readonly StatusCause[] };
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: Status;
  readonly patchType?: 'JSONPatch';
  /** Base64 of an RFC 6902 document. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** A review as far as it could be read: without a uid nobody can be answered; with a problem the answer is an error. */
export type ReadReview =
  | { readonly kind: 'no-uid'; readonly problem: string }
  | { readonly kind: 'unreadable'; readonly uid: string; readonly problem: string }
  | { readonly kind: 'request'; readonly request: AdmissionRequest };

/** Reads an AdmissionReview, and never throws: whatever is missing or of a wrong type is said in `problem`. */
export function readReview(body: unknown): ReadReview {
  if (!isObject(body)) return { kind: 'no-uid', problem: 'the body is not a JSON object' };
  const request = body['request'];
  if (!isObject(request)) return { kind: 'no-uid', problem: 'the review has no request' };
  const uid = request['uid'];
  if (typeof uid !== 'string' || uid === '') return { kind: 'no-uid', problem: 'the request has no uid' };
  const problem = reviewProblem(body, request);
  if (problem !== undefined) return { kind: 'unreadable', uid, problem };
  return { kind: 'request', request: readRequest(request, uid) };
}

function reviewProblem(review: Fields, request: Fields): string | undefined {
  if (review['apiVersion'] !== 'admission.k8s.io/v1') return 'apiVersion is not admission.k8s.io/v1';
  if (review['kind'] !== 'AdmissionReview') return 'kind is not AdmissionReview';
  const operation = request['operation'];
  if (operation !== 'CREATE' && operation !== 'UPDATE' && operation !== 'DELETE' && operation !== 'CONNECT') {
    return 'request.operation is not CREATE, UPDATE, DELETE or CONNECT';
  }
  if (!isGroupVersion(request['kind'], 'kind')) return 'request.kind is not a group, version and kind';
  if (!isGroupVersion(request['resource'], 'resource')) {
    return 'request.resource is not a group, version and resource';
  }
  for (const key of ['namespace', 'name', 'subResource']) {
    if (request[key] != null && typeof request[key] !== 'string') return `request.${key} is not a string`;
  }
  if (request['dryRun'] != null && typeof request['dryRun'] !== 'boolean') return 'request.dryRun is not a boolean';
  return userProblem(request['userInfo']);
}

function userProblem(user: unknown): string | undefined {
  if (user == null) return undefined;
  if (!isObject(user)) return 'request.userInfo is not an object';
  if (user['username'] != null && typeof user['username'] !== 'string') {
    return 'request.userInfo.username is not a string';
  }
  const groups = user['groups'];
  if (groups == null) return undefined;
  if (!Array.isArray(groups) || groups.some((group) => typeof group !== 'string')) {
    return 'request.userInfo.groups is not a list of strings';
  }
  return undefined;
}

function readRequest(request: Fields, uid: string): AdmissionRequest {
  const user = (request['userInfo'] ?? {}) as Fields;
  return {
    uid,
    kind: request['kind'] as GroupVersionKind,
    resource: request['resource'] as GroupVersionResource,
    subResource: text(request['subResource']),
    name: text(request['name']),
    namespace: text(request['namespace']),
    operation: request['operation'] as Operation,
    userInfo: { username: text(user['username']), groups: (user['groups'] ?? []) as readonly string[] },
    object: request['object'] ?? null,
    oldObject: request['oldObject'] ?? null,
    dryRun: request['dryRun'] === true,
  };
}

function isGroupVersion(value: unknown, last: 'kind' | 'resource'): boolean {
  if (!isObject(value)) return false;
  const group = value['group'];
  return (
    (group == null || typeof group === 'string') &&
    typeof value['version'] === 'string' &&
    typeof value[last] === 'string'
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
