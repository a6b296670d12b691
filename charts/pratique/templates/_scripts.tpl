{{/* A container that runs a script of files/ with the image's own node; given the root, a name and the script. */}}
{{- define "pratique.scriptContainer" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}
image: {{ include "pratique.image" $root | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
command: [node, --input-type=module, --eval]
args:
  - |
    {{- $root.Files.Get "files/api.mjs" | trim | nindent 4 }}
    {{- $root.Files.Get (index . 2) | trim | nindent 4 }}
resources:
  requests:
    cpu: 10m
    memory: 64Mi
  limits:
    memory: 128Mi
securityContext:
  {{- include "pratique.securityContext" $root | nindent 2 }}
{{- end -}}
