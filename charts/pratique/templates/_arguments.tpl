{{/* The arguments of the webhook's process. */}}
{{- define "pratique.arguments" -}}
- serve
- --config=/etc/pratique/config.yaml
- --port={{ .Values.webhook.securePort }}
- --health-port={{ .Values.webhook.healthPort }}
- --drain={{ .Values.webhook.drain }}
{{- with .Values.webhook.maxInflightBytes }}
- --max-inflight-bytes={{ . }}
{{- end }}
{{- if .Values.webhook.clientCA.configMapName }}
- --client-ca-file=/client-ca/{{ .Values.webhook.clientCA.key }}
{{- end }}
{{- if eq .Values.tls.mode "self" }}
- --tls-secret={{ include "pratique.caSecretName" . }}
- --tls-service={{ include "pratique.fullname" . }}
- --namespace={{ .Release.Namespace }}
- --validating-webhook-configuration={{ include "pratique.fullname" . }}
- --mutating-webhook-configuration={{ include "pratique.fullname" . }}
{{- with .Values.tls.self }}
{{- range $flag, $value := dict "ca-lifetime" .caLifetime "leaf-lifetime" .leafLifetime "overlap" .overlap "reconcile" .reconcile }}
{{- if $value }}
- --tls-{{ $flag }}={{ $value }}
{{- end }}
{{- end }}
{{- end }}
{{- else }}
- --tls-cert-file=/tls/tls.crt
- --tls-key-file=/tls/tls.key
{{- end }}
{{- with .Values.tracing.endpoint }}
- --otlp-endpoint={{ . }}
- --trace-ratio={{ $.Values.tracing.ratio }}
{{- end }}
{{- range .Values.webhook.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{/* The port of a URL, as the network sees it. */}}
{{- define "pratique.tracingPort" -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $port | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end -}}
