{{- define "pratique.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name where that says enough; short enough for every suffix. */}}
{{- define "pratique.fullname" -}}
{{- $name := include "pratique.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "pratique.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "pratique.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "pratique.selectorLabels" -}}
app.kubernetes.io/name: {{ include "pratique.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "pratique.webhookSelectorLabels" -}}
{{ include "pratique.selectorLabels" . }}
app.kubernetes.io/component: webhook
{{- end -}}

{{/* Given the root, a component and maybe further labels. Those by which pods are found and releases told apart are ours. */}}
{{- define "pratique.labels" -}}
{{- $root := index . 0 -}}
{{- $further := merge (dict) (rest (rest .) | first | default dict) $root.Values.commonLabels -}}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "pratique.selectorLabels" $root }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ get $further "app.kubernetes.io/part-of" | default "pratique" | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- with omit $further "helm.sh/chart" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" "app.kubernetes.io/version" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "pratique.image" -}}
{{- if .Values.image.digest -}}
{{ printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}
{{- end -}}

{{/* Not empty where nobody has said where the image is: the default of values.yaml, which the chart of a release replaces. */}}
{{- define "pratique.isPlaceholderImage" -}}
{{- if eq .Values.image.repository "registry.example.com/pratique" }}true{{ end -}}
{{- end -}}

{{/* The configuration file. Its bytes name the ConfigMap, so it must not depend on anything but the values. */}}
{{- define "pratique.configuration" -}}
apiVersion: pratique.dev/v1alpha1
kind: PratiqueConfiguration
{{- with .Values.config }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "pratique.configMapName" -}}
{{ include "pratique.fullname" . }}-config-{{ include "pratique.configuration" . | sha256sum | trunc 8 }}
{{- end -}}

{{- define "pratique.caSecretName" -}}
{{ include "pratique.fullname" . }}-ca
{{- end -}}

{{/* The Secret with the certificate, where somebody else issues it. */}}
{{- define "pratique.tlsSecretName" -}}
{{- if eq .Values.tls.mode "existingSecret" -}}
{{- required "tls.existingSecret.name: tls.mode existingSecret needs the name of the Secret" .Values.tls.existingSecret.name -}}
{{- else -}}
{{ include "pratique.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{/* The namespaces that must come up while the webhook is down, the release's own among them. */}}
{{- define "pratique.observedNamespaces" -}}
{{- $always := ternary (list) (list "kube-system") .Values.webhook.enforceKubeSystem -}}
{{- concat $always (list "kube-node-lease" .Release.Namespace) .Values.webhook.bootstrapNamespaces | uniq | toJson -}}
{{- end -}}

{{/* A text as a string of CEL. */}}
{{- define "pratique.celString" -}}
'{{ . | replace "\\" "\\\\" | replace "'" "\\'" }}'
{{- end -}}

{{/* The label that asks for the device, as JSON: what the values say, else the embedded default. */}}
{{- define "pratique.fuseLabel" -}}
{{- $default := dict (include "pratique.generated.label.key" .) (include "pratique.generated.label.value" .) -}}
{{- dig "mountFuse" "label" $default (.Values.config | default dict) | toJson -}}
{{- end -}}

{{/* The annotation keys of the site that are read, as JSON. */}}
{{- define "pratique.siteAnnotations" -}}
{{- $keys := list -}}
{{- $settings := include "pratique.generated.annotationSettings" . | fromJsonArray -}}
{{- range $profile := values (dig "profiles" dict (.Values.config | default dict)) -}}
  {{- range $settings -}}
    {{- $entry := dig "checks" .check "ignore" $profile -}}
    {{- if kindIs "map" $entry -}}
      {{- $keys = concat $keys (index $entry .setting | default list) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $keys | uniq | sortAlpha | toJson -}}
{{- end -}}

{{- define "pratique.podsCondition" -}}
{{- $key := "" -}}
{{- range $name, $_ := include "pratique.fuseLabel" . | fromJson -}}{{- $key = include "pratique.celString" $name -}}{{- end -}}
{{- $annotations := list -}}
{{- range include "pratique.siteAnnotations" . | fromJsonArray -}}
{{- $annotations = append $annotations (include "pratique.celString" .) -}}
{{- end -}}
{{- include "pratique.generated.conditions.pods" (dict "key" $key "annotations" $annotations) -}}
{{- end -}}

{{- define "pratique.openshift" -}}
{{- if eq (toString .Values.openshift.enabled) "auto" -}}
{{- if .Capabilities.APIVersions.Has "security.openshift.io/v1" -}}true{{- end -}}
{{- else if eq (toString .Values.openshift.enabled) "true" -}}true{{- end -}}
{{- end -}}

{{/* OpenShift gives each namespace its own user ids, and refuses pods that name another one. */}}
{{- define "pratique.podSecurityContext" -}}
{{- $context := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- if not (include "pratique.openshift" .) -}}
{{- $context = mergeOverwrite $context (dict "runAsUser" 65532 "runAsGroup" 65532 "fsGroup" 65532) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $context .Values.podSecurityContext) -}}
{{- end -}}

{{- define "pratique.securityContext" -}}
{{- $context := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "runAsNonRoot" true "capabilities" (dict "drop" (list "ALL")) "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- toYaml (mergeOverwrite $context .Values.securityContext) -}}
{{- end -}}

{{/* The namespace of the helm test, empty where there is none to test in. */}}
{{- define "pratique.testNamespace" -}}
{{- .Values.helmTest.namespace | default (ternary "default" "" (eq (dig "default" "mode" "enforce" (.Values.config | default dict)) "enforce")) -}}
{{- end -}}

{{- define "pratique.journalName" -}}
{{ include "pratique.fullname" . }}-journal
{{- end -}}

{{- define "pratique.journalSelectorLabels" -}}
{{ include "pratique.selectorLabels" . }}
app.kubernetes.io/component: journal
{{- end -}}

{{- define "pratique.journalServiceAccountName" -}}
{{- .Values.journal.serviceAccount.name | default (ternary (include "pratique.journalName" .) "default" .Values.journal.serviceAccount.create) -}}
{{- end -}}

{{/* Who issues the journal's certificate. With tls.mode existingSecret nobody is known who would, so it is the journal itself. */}}
{{- define "pratique.journalTlsMode" -}}
{{- if .Values.journal.tls.existingSecret -}}existingSecret
{{- else if eq .Values.tls.mode "certManager" -}}certManager
{{- else -}}self
{{- end -}}
{{- end -}}

{{/* The Secret of which the webhook trusts `ca.crt`, whoever writes it. */}}
{{- define "pratique.journalTlsSecretName" -}}
{{- .Values.journal.tls.existingSecret | default (printf "%s-%s" (include "pratique.journalName" .) (ternary "ca" "tls" (eq (include "pratique.journalTlsMode" .) "self"))) -}}
{{- end -}}

{{/* The port by which others reach the page: its auth proxy's, its own where that is elsewhere, or none. */}}
{{- define "pratique.pageServicePort" -}}
{{- with .Values.journal.page -}}
{{- if not .enabled -}}
{{- else if .clientCA.configMapName -}}{{ .port }}
{{- else if .proxyPort -}}{{ .proxyPort }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "pratique.apiServerEgress" -}}
- ports:
    {{- range .Values.networkPolicy.egress.apiServerPorts }}
    - protocol: TCP
      port: {{ . }}
    {{- end }}
{{- end -}}

{{- define "pratique.dnsEgress" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end -}}
