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
{{- if .Values.journal.enabled }}
- --journal-url=https://{{ include "pratique.journalName" . }}.{{ .Release.Namespace }}.svc:{{ .Values.journal.port }}
- --journal-ca-file=/journal/ca.crt
- --journal-token-file=/journal/token
- --journal-queue={{ .Values.journal.queue }}
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

{{/* The arguments of the journal's process. */}}
{{- define "pratique.journalArguments" -}}
- journal
- serve
{{- if eq .Values.journal.store "sqlite" }}
- --store=/var/lib/pratique/journal
{{- else }}
- --postgres-url-file=/postgresql/{{ .Values.journal.postgresql.urlSecret.key }}
{{- end }}
- --retention={{ .Values.journal.retention }}
{{- with .Values.journal.maxSize }}
- --max-size={{ . }}
{{- end }}
{{- if .Values.journal.pseudonymKey.secretName }}
- --pseudonym-key-file=/pseudonym/{{ .Values.journal.pseudonymKey.key }}
{{- end }}
- --writer=system:serviceaccount:{{ .Release.Namespace }}:{{ include "pratique.serviceAccountName" . }}
{{- range .Values.journal.writers }}
- {{ printf "--writer=%s" . | quote }}
{{- end }}
- --audience={{ .Values.journal.audience }}
- --port={{ .Values.journal.port }}
- --health-port={{ .Values.journal.healthPort }}
{{- if eq (include "pratique.journalTlsMode" .) "self" }}
- --tls-secret={{ include "pratique.journalTlsSecretName" . }}
- --tls-service={{ include "pratique.journalName" . }}
- --namespace={{ .Release.Namespace }}
{{- else }}
- --tls-cert-file=/tls/tls.crt
- --tls-key-file=/tls/tls.key
{{- end }}
{{- if .Values.journal.page.enabled }}
{{- include "pratique.pageArguments" . | nindent 0 }}
{{- end }}
{{- range .Values.journal.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{/* What of them the page is told. */}}
{{- define "pratique.pageArguments" -}}
{{- with .Values.journal.page -}}
- --page-port={{ .port }}
{{- if .clientCA.configMapName }}
{{- /* The name in the certificate of the Service, and so the one that the proxy asks for. */}}
- --page-host={{ include "pratique.journalName" $ }}.{{ $.Release.Namespace }}.svc
{{- end }}
{{- range .hosts }}
- {{ printf "--page-host=%s" . | quote }}
{{- end }}
{{- if .userHeader }}
- {{ printf "--page-user-header=%s" .userHeader | quote }}
- {{ printf "--page-groups-header=%s" .groupsHeader | quote }}
{{- end }}
{{- range .allowGroups }}
- {{ printf "--page-allow-group=%s" . | quote }}
{{- end }}
{{- if .clientCA.configMapName }}
- --page-client-ca-file=/page-client-ca/{{ .clientCA.key }}
{{- end }}
{{- range .clientNames }}
- {{ printf "--page-client-name=%s" . | quote }}
{{- end }}
{{- end -}}
{{- end -}}
