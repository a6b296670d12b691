{{/* What all webhooks have in common; given the root and a path. */}}
{{- define "pratique.webhookCommon" -}}
{{- $root := index . 0 -}}
clientConfig:
  {{- /* Nobody's field but that of whoever issues the certificate: only a CA that the values know is rendered. */}}
  {{- if and (eq $root.Values.tls.mode "existingSecret") $root.Values.tls.existingSecret.caBundle }}
  caBundle: {{ $root.Values.tls.existingSecret.caBundle | b64enc }}
  {{- end }}
  service:
    namespace: {{ $root.Release.Namespace | quote }}
    name: {{ include "pratique.fullname" $root }}
    path: {{ index . 1 }}
    port: {{ $root.Values.service.port }}
admissionReviewVersions: [v1]
sideEffects: None
matchPolicy: Equivalent
{{- end -}}

{{/* By the one label of a namespace that nobody can change. */}}
{{- define "pratique.enforcedNamespaces" -}}
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values:
      {{- concat (include "pratique.observedNamespaces" . | fromJsonArray) .Values.webhook.excludedNamespaces | uniq | toYaml | nindent 6 }}
{{- end -}}

{{- define "pratique.observedSelector" -}}
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: In
    values:
      {{- include "pratique.observedNamespaces" . | fromJsonArray | toYaml | nindent 6 }}
  {{- with .Values.webhook.excludedNamespaces }}
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values:
      {{- toYaml . | nindent 6 }}
  {{- end }}
{{- end -}}

{{- define "pratique.webhookAnnotations" -}}
{{- if ne .Values.tls.mode "self" -}}
annotations:
  {{- /* A replica of a release that was in mode self before leaves caBundle alone. */}}
  pratique.dev/tls-mode: {{ .Values.tls.mode }}
  {{- if eq .Values.tls.mode "certManager" }}
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "pratique.tlsSecretName" . }}
  {{- end }}
{{- end -}}
{{- end -}}
