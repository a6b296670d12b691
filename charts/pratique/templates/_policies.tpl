{{/* What of the configuration the chart cannot write in CEL, in words; empty when it can. */}}
{{- define "pratique.net.needsGenerator" -}}
{{- $config := .Values.config | default dict -}}
{{- $parts := list -}}
{{- if $config.exemptions }}{{ $parts = append $parts "config.exemptions" }}{{ end -}}
{{- if $config.mountFuse }}{{ $parts = append $parts "config.mountFuse" }}{{ end -}}
{{- if dig "breakGlass" "groups" list $config }}{{ $parts = append $parts "config.breakGlass" }}{{ end -}}
{{- if ne (dig "default" "profile" "dind" $config) "dind" }}{{ $parts = append $parts "config.default.profile" }}{{ end -}}
{{- range $config.namespaces -}}
  {{- if eq (dig "mode" (dig "default" "mode" "enforce" $config) .) "enforce" -}}
    {{- if ne (dig "profile" "dind" .) "dind" }}{{ $parts = append $parts "a profile of config.namespaces" }}{{ end -}}
    {{- if .builders }}{{ $parts = append $parts "builders of config.namespaces" }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- $parts | uniq | join ", " -}}
{{- end -}}

{{/*
0 in namespaces that are enforced, else -1: the first entry that matches counts. Without a list of its own a configuration
has that of the embedded default.
*/}}
{{- define "pratique.net.scope" -}}
{{- $config := .Values.config | default dict -}}
{{- $mode := dig "default" "mode" "enforce" $config -}}
{{- $embedded := list (dict "match" (list "kube-system") "mode" "audit") -}}
{{- range kindIs "slice" $config.namespaces | ternary $config.namespaces $embedded -}}
({{ include "pratique.net.matches" .match }}) ? {{ ternary 0 -1 (eq (dig "mode" $mode .) "enforce") }} : {{ end -}}
{{- ternary 0 -1 (eq $mode "enforce") -}}
{{- end -}}

{{/* Whether the namespace is one of these names and globs. */}}
{{- define "pratique.net.matches" -}}
{{- $tests := list -}}
{{- range . -}}
  {{- if contains "*" . -}}
    {{- $tests = append $tests (printf "request.namespace.matches('^%s$')" (replace "*" ".*" .)) -}}
  {{- else -}}
    {{- $tests = append $tests (printf "request.namespace == '%s'" .) -}}
  {{- end -}}
{{- end -}}
{{- $tests | join " || " -}}
{{- end -}}

{{/* The hash of the configuration, as `pratique generate` writes it into what it prints. */}}
{{- define "pratique.net.documentHash" -}}
{{- regexReplaceAll "T00:00:00(\\.000)?Z" (.Values.config | default dict | toJson) "" | sha256sum -}}
{{- end -}}

{{/* Whether a MutatingAdmissionPolicy grants the device; the webhook does it where the cluster has none. */}}
{{- define "pratique.mutatedByPolicy" -}}
{{- if and (eq .Values.mutation.by "policy") (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy") -}}true{{- end -}}
{{- end -}}

{{/*
Given the root, the text of policies, the value that it came by, and the kinds that are taken: the policies with the
names, labels and namespaces of the release. Fails when they are of another configuration.
*/}}
{{- define "pratique.net.policies" -}}
{{- $root := index . 0 -}}
{{- $value := index . 2 -}}
{{- $prefix := index . 3 -}}
{{- $hash := include "pratique.net.documentHash" $root -}}
{{- $selector := include "pratique.enforcedNamespaces" $root | fromYaml -}}
{{- $made := list -}}
{{- $bound := list -}}
{{- range regexSplit "(?m)^---\\s*$" (index . 1) -1 -}}
{{- $object := . | fromYaml -}}
{{- if $object.Error -}}
{{- fail (printf "%s is no YAML: %s" $value $object.Error) -}}
{{- end -}}
{{- if hasPrefix $prefix ($object.kind | default "") -}}
{{- if hasKey ($object.spec | default dict) "policyName" -}}
{{- $bound = append $bound $object.spec.policyName -}}
{{- else -}}
{{- $made = append $made $object.metadata.name -}}
{{- end -}}
{{- $found := dig "metadata" "annotations" "pratique.dev/config-document" "" $object -}}
{{- if ne $found $hash -}}
{{- fail (printf "%s was made from another configuration than config: what it allows and exempts would be missing, or too much. Make it again from the ConfigMap that this chart renders (docs/safety-net.md)." $value) -}}
{{- end -}}
{{- $version := dig "metadata" "annotations" "pratique.dev/version" "" $object -}}
{{- if ne $version $root.Chart.AppVersion -}}
{{- fail (printf "%s was made by version %s of pratique generate, and this chart is %s: make it again with the program of the chart's version (docs/safety-net.md)." $value $version $root.Chart.AppVersion) -}}
{{- end -}}
{{- include "pratique.net.object" (list $root $object $selector) -}}
{{- end -}}
{{- end -}}
{{- if not (concat $made $bound) -}}
{{- fail (printf "%s has no %s. Give it what pratique generate prints (docs/safety-net.md)." $value $prefix) -}}
{{- end -}}
{{- if ne (sortAlpha $made | join " ") (sortAlpha $bound | join " ") -}}
{{- fail (printf "%s is not whole: it has the policies %s and bindings of %s. Give it all that pratique generate prints (docs/safety-net.md)." $value (join ", " $made | default "none") (join ", " $bound | default "none")) -}}
{{- end -}}
{{- end -}}

{{/* Given the root, a policy or a binding, and the selector of namespaces: the object as the release has it. */}}
{{- define "pratique.net.object" -}}
{{- $root := index . 0 -}}
{{- $object := index . 1 -}}
{{- $suffix := regexFind "-(safety-net(-warns)?|mount-fuse)$" $object.metadata.name -}}
{{- $name := printf "%s%s" (include "pratique.fullname" $root) $suffix -}}
{{- $_ := set $object.metadata "name" $name -}}
{{- $_ := set $object.metadata "labels" (include "pratique.labels" (list $root "policy") | fromYaml) -}}
{{- if hasKey $object.spec "policyName" -}}
  {{- $_ := set $object.spec "policyName" $name -}}
  {{- if hasKey $object.spec "validationActions" -}}
    {{- $action := $root.Values.safetyNet.action -}}
    {{- if and (hasSuffix "-warns" $suffix) (eq $action "Deny") }}{{ $action = "Warn" }}{{ end -}}
    {{- $_ := set $object.spec "validationActions" (list $action "Audit" | uniq) -}}
  {{- end -}}
{{- else -}}
  {{- $_ := set $object.spec.matchConstraints "namespaceSelector" (index . 2) -}}
  {{- range concat ($object.spec.matchConditions | default list) ($object.spec.variables | default list) -}}
    {{- $size := len .expression -}}
    {{- if gt $size 100000 }}{{ $size = splitList "" .expression | len }}{{ end -}}
    {{- if gt $size 100000 -}}
    {{- fail (printf "%s of %s would have %d characters, and the API server takes at most 100000 in one expression of CEL: let config name fewer namespaces, by globs where it may, or set safetyNet.action to none." .name $name $size) -}}
    {{- end -}}
  {{- end -}}
{{- end }}
---
{{ toYaml $object }}
{{ end -}}
