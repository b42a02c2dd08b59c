#compdef darajabox
# zsh completion for darajabox
_darajabox() {
	local -a matches
	matches=("${(@f)$(COMP_LINE="${(j: :)words[1,CURRENT]}" darajabox 2>/dev/null)}")
	if [[ -n "${matches[1]}" ]]; then
		compadd -- "${matches[@]}"
	else
		_files
	fi
}
if [[ "${funcstack[1]}" == _darajabox ]]; then
	_darajabox "$@"
else
	compdef _darajabox darajabox
fi
