# bash completion of a daemon and its commands: what its own --help names.
_tarn_daemon()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} help word i
    COMPREPLY=()
    case $prev in
    --config | --prove-proxy-key)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --state | --adopt-tahoe)
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        return
        ;;
    --log-level)
        mapfile -t COMPREPLY < <(compgen -W 'trace debug info warning error' -- "$cur")
        return
        ;;
    --log-format)
        mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur")
        return
        ;;
    --key | --limit)
        return
        ;;
    esac
    local -a command=("${1/#\~/$HOME}")
    help=$("${command[@]}" --help 2>/dev/null)
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word =~ ^[a-z]+$ && ${COMP_WORDS[i-1]} != --* && $help == *$'\n'"  $word  "* ]]; then
            command+=("$word")
            help=$("${command[@]}" --help 2>/dev/null)
        fi
    done
    local words=''
    while IFS= read -r word; do
        if [[ $word =~ ^\ \ (-[a-z],)?(--[a-z-]+) ]]; then
            words+=" ${BASH_REMATCH[2]}"
        elif [[ $word =~ ^\ \ ([a-z]+)\ \  ]]; then
            words+=" ${BASH_REMATCH[1]}"
        fi
    done <<<"$help"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _tarn_daemon tarn-storage tarn-gateway tarn-introducer tarn-relay tarn-node
