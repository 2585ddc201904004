/** The shells there are scripts for. */
export const shells = ["bash", "zsh", "fish"] as const;

/** One of {@link shells}. */
export type Shell = (typeof shells)[number];

/** What stands for names of files in the answer to a script. No candidate begins so. */
export const filesMark = ":files";

// Each script hands the words before the cursor to the command, unread by the shell, and gets one candidate a line.

const bash = `# Completion of culvert for bash. Put into ~/.bashrc:  source <(culvert completion --shell bash)
_culvert() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ${filesMark} ]]; then
      compopt -o default 2>/dev/null
    elif [[ $line == */ ]]; then
      compopt -o nospace 2>/dev/null
      COMPREPLY+=("$line")
    elif [[ -n $line ]]; then
      COMPREPLY+=("$line")
    fi
  done < <(culvert completion --shell bash --candidates -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _culvert culvert`;

const zsh = `#compdef culvert
# Completion of culvert for zsh. Put into ~/.zshrc:  source <(culvert completion --shell zsh)
_culvert() {
  local -a candidates
  candidates=("\${(@f)$(culvert completion --shell zsh --candidates -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $candidates[1] == ${filesMark} ]]; then
    _files
  elif [[ -n $candidates[1] ]]; then
    local -a onward whole
    onward=(\${(M)candidates:#*/(|:*)})
    whole=(\${candidates:#*/(|:*)})
    _describe culvert whole
    _describe culvert onward -S ''
  fi
}
if [[ $funcstack[1] == _culvert ]]; then
  _culvert "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _culvert culvert
fi`;

const fish = `# Completion of culvert for fish. Put into ~/.config/fish/config.fish:  culvert completion --shell fish | source
function __culvert_candidates
  set -l before (commandline -opc)
  set -l word (commandline -ct)
  set -l candidates (culvert completion --shell fish --candidates -- $before[2..-1] "$word" 2>/dev/null)
  if test "$candidates[1]" = "${filesMark}"
    __fish_complete_path "$word"
  else
    printf '%s\\n' $candidates
  end
end
complete -c culvert -f -a '(__culvert_candidates)'`;

/** What a shell has to run to complete command lines of \`culvert\`. */
export const shellScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
