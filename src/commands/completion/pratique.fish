# fish completion of pratique, for ~/.config/fish/completions/pratique.fish, or: pratique completion fish | source

function __pratique_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    for line in (pratique __complete $words "$current" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            printf '%s\n' "$line"
        end
    end
end

complete -c pratique -f -a '(__pratique_complete)'
