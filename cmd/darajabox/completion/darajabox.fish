# fish completion for darajabox
function __darajabox_complete
	set -lx COMP_LINE (commandline --cut-at-cursor)
	set -l words (darajabox 2>/dev/null)
	if test (count $words) -gt 0
		printf '%s\n' $words
	else
		__fish_complete_path (commandline --current-token)
	end
end
complete --command darajabox --no-files --arguments '(__darajabox_complete)'
