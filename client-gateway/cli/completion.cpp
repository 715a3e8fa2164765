#include "client-gateway/cli/completion.h"

namespace tarn::gateway::cli {

namespace {

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string namesOf(const std::vector<OptionShape>& options, bool onlyWithValue)
{
    std::vector<std::string> names;
    for (const OptionShape& option : options) {
        if (!onlyWithValue || option.takesValue)
            names.insert(names.end(), option.names.begin(), option.names.end());
    }
    return joined(names);
}

std::string namesOf(const std::vector<CommandShape>& commands)
{
    std::vector<std::string> names;
    for (const CommandShape& command : commands)
        names.push_back(command.name);
    return joined(names);
}

/// For a text in single quotes of any of the shells.
std::string quoted(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c != '\'' && c != '\\') out += c;
    }
    return "'" + out + "'";
}

constexpr const char* kBashHead = R"(# bash completion of tarn
_tarn()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local command='' options='' values='' words='' i word
    local -a state=()
    local skip=0
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((skip)); then
            skip=0
        elif [[ $word == -d || $word == --node-directory || $word == --state ]]; then
            state=(-d "${COMP_WORDS[i+1]}")
            skip=1
        elif [[ " $_tarn_values " == *" $word "* ]]; then
            skip=1
        elif [[ $word != -* && -z $command ]]; then
            command=$word
        fi
    done
    case $command in
)";

constexpr const char* kBashTail = R"(    esac
    if [[ " $_tarn_values $values " == *" $prev "* ]]; then
        COMPREPLY=($(compgen -f -- "$cur"))
        compopt -o filenames 2>/dev/null
        return
    fi
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options $_tarn_options" -- "$cur"))
        return
    fi
    if [[ -n $words ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
        return
    fi
    local IFS=$'\n'
    local aliases
    aliases=$(tarn "${state[@]}" list-aliases 2>/dev/null | sed -n 's/^ *\([^:]*\): .*/\1:/p')
    COMPREPLY=($(compgen -W "$aliases" -- "$cur") $(compgen -f -- "$cur"))
    compopt -o filenames -o nospace 2>/dev/null
}
complete -F _tarn tarn
)";

std::string bashScript(const CommandShape& program)
{
    std::string text = "_tarn_options='" + namesOf(program.options, false) + "'\n_tarn_values='" +
                       namesOf(program.options, true) + "'\n" + kBashHead;
    text += "    '')\n        words='" + namesOf(program.subcommands) + "'\n        ;;\n";
    for (const CommandShape& command : program.subcommands) {
        text += "    " + command.name + ")\n        options='" + namesOf(command.options, false) +
                "'\n        values='" + namesOf(command.options, true) + "'\n";
        if (!command.subcommands.empty())
            text += "        [[ $prev == " + command.name + " ]] && words='" +
                    namesOf(command.subcommands) + "'\n";
        if (command.name == "completion") text += "        words='bash zsh fish'\n";
        text += "        ;;\n";
    }
    return text + kBashTail;
}

/// 'NAME:help' as _describe takes it.
std::string described(const std::string& name, const std::string& help)
{
    return quoted(name + ":" + help);
}

std::string zshOptions(const std::vector<OptionShape>& options)
{
    std::string text;
    for (const OptionShape& option : options) {
        for (const std::string& name : option.names)
            text += " " + described(name, option.help);
    }
    return text;
}

std::string zshScript(const CommandShape& program)
{
    std::string text = "#compdef tarn\n"
                       "_tarn() {\n"
                       "    local -a options commands words_below\n"
                       "    local command='' word\n"
                       "    for word in ${words[2,CURRENT-1]}; do\n"
                       "        [[ $word != -* && -z $command ]] && (( ${+_tarn_help[$word]} )) && "
                       "command=$word\n"
                       "    done\n"
                       "    options=(" +
                       zshOptions(program.options) + ")\n    commands=(";
    std::string known = "typeset -gA _tarn_help\n_tarn_help=(";
    std::string cases;
    for (const CommandShape& command : program.subcommands) {
        text += " " + described(command.name, command.help);
        known += " " + command.name + " " + quoted(command.help);
        cases += "    " + command.name + ") options+=(" + zshOptions(command.options) + ")";
        if (!command.subcommands.empty()) {
            cases += "; words_below=(";
            for (const CommandShape& below : command.subcommands)
                cases += " " + described(below.name, below.help);
            cases += ")";
        }
        cases += " ;;\n";
    }
    text += ")\n    case $command in\n" + cases + "    esac\n";
    text += "    if [[ $PREFIX == -* ]]; then _describe option options\n"
            "    elif [[ -z $command ]]; then _describe command commands\n"
            "    elif (( ${#words_below} && CURRENT == ${words[(i)$command]} + 1 )); then "
            "_describe command words_below\n"
            "    else _files; compadd -S '' -- ${(f)\"$(tarn list-aliases 2>/dev/null | "
            "sed -n 's/^ *\\([^:]*\\): .*/\\1:/p')\"}\n"
            "    fi\n"
            "}\n";
    // Sourced by hand it has to be bound, found on fpath it is called.
    return text.substr(0, text.find('\n') + 1) + known + ")\n" + text.substr(text.find('\n') + 1) +
           "if [[ $funcstack[1] == _tarn ]]; then _tarn \"$@\"; else compdef _tarn tarn; fi\n";
}

std::string fishOptions(const std::vector<OptionShape>& options, const std::string& condition)
{
    std::string text;
    for (const OptionShape& option : options) {
        text += "complete -c tarn" + condition;
        for (const std::string& name : option.names) {
            const bool isLong = name.starts_with("--");
            text += (isLong ? " -l " : " -s ") + name.substr(isLong ? 2 : 1);
        }
        text += (option.takesValue ? " -r -d " : " -d ") + quoted(option.help) + "\n";
    }
    return text;
}

/// Names of directories, wherever a command has begun.
constexpr const char* kFishAliases =
    "complete -c tarn -n 'not __fish_use_subcommand' "
    "-a '(tarn list-aliases 2>/dev/null | string replace -rf \"^ *([^:]*): .*\" \"\\$1:\")'\n";

std::string fishScript(const CommandShape& program)
{
    std::string text = "# fish completion of tarn\n" + fishOptions(program.options, "");
    for (const CommandShape& command : program.subcommands) {
        text += "complete -c tarn -n __fish_use_subcommand -f -a " + command.name + " -d " +
                quoted(command.help) + "\n";
        const std::string condition = " -n '__fish_seen_subcommand_from " + command.name + "'";
        text += fishOptions(command.options, condition);
        for (const CommandShape& below : command.subcommands)
            text += "complete -c tarn" + condition + " -f -a " + below.name + " -d " +
                    quoted(below.help) + "\n";
        if (command.name == "completion")
            text += "complete -c tarn" + condition + " -f -a 'bash zsh fish'\n";
    }
    return text + kFishAliases;
}

} // namespace

std::string completionScript(const CommandShape& program, std::string_view shell)
{
    if (shell == "zsh") return zshScript(program);
    if (shell == "fish") return fishScript(program);
    return bashScript(program);
}

} // namespace tarn::gateway::cli
