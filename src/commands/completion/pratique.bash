# bash completion of pratique. In ~/.bashrc: source <(pratique completion bash)

_pratique() {
    local value _brief
    COMPREPLY=()
    # bash 3 has no compopt: it goes on to file names where nothing is proposed.
    compopt +o default 2>/dev/null
    while IFS=$'\t' read -r value _brief; do
        if [[ $value == :files ]]; then
            compopt -o default 2>/dev/null
        else
            COMPREPLY+=("$value")
        fi
    done < <(pratique __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

complete -o default -F _pratique pratique
