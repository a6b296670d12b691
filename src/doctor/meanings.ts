/** What each id of drift means, and what is to be said beside the command that puts the field back. */
export const meanings: Readonly<Record<string, { readonly title: string; readonly remedy: string }>> = {
  'webhook-rules': {
    title: 'the API server does not ask about everything that is judged',
    remedy: 'Put the rules back. Look in the audit log for who took them out.',
  },
  'webhook-match-conditions': {
    title: 'the matchConditions are not those of the configuration',
    remedy: 'Put them back: the configuration decides which labels and annotations they name.',
  },
  'namespace-not-covered': {
    title: 'there are namespaces that nothing is asked about',
    remedy:
      'Put the selector back. Namespaces to be left out are values of the chart (webhook.bootstrapNamespaces, webhook.excludedNamespaces).',
  },
  'webhook-selector': {
    title: 'namespaces that must come up without the webhook are not left out as the chart does it',
    remedy: 'Put the selector back.',
  },
  'webhook-object-selector': {
    title: 'a label of an object decides whether it is judged',
    remedy: 'Put the objectSelector back.',
  },
  'webhook-target': {
    title: 'a webhook does not lead to the Service of this installation',
    remedy: 'Put the clientConfig back.',
  },
  'failure-policy': {
    title: 'a failurePolicy is not what the chart makes it',
    remedy: 'Put it back; failurePolicy is a value of the chart, for both webhooks that decide.',
  },
  'webhook-timeout': {
    title: 'a webhook may hold up requests for long',
    remedy: 'Lower the timeout: a decision takes milliseconds, and the values webhook.*TimeoutSeconds are for outages.',
  },
  'webhook-match-policy': {
    title: 'requests by another version of the API are not judged',
    remedy: 'Put matchPolicy back.',
  },
  'webhook-edited': {
    title: 'a webhook configuration was edited by hand',
    remedy: 'Put the fields back.',
  },
  'aks-admissions-enforcer': {
    title: "AKS's admissions enforcer has rewritten selectors",
    remedy:
      'Whoever may set these labels on a namespace takes it out of all checks. Opt out of the enforcer, and put the selectors back.',
  },
};
