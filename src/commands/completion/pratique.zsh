#compdef pratique
# zsh completion of pratique. In ~/.zshrc, behind compinit: source <(pratique completion zsh)
# Or saved as _pratique in a folder of $fpath.

_pratique() {
  local line
  local -a values
  for line in "${(@f)$(pratique __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      ('') ;;
      (:files) _files && return ;;
      (*$'\t'*) values+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      (*) values+=("${line//:/\\:}") ;;
    esac
  done
  (( $#values )) && _describe -t values value values
}

if [[ ${funcstack[1]} == _pratique ]]; then
  _pratique "$@"
else
  compdef _pratique pratique
fi
