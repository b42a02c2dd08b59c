# bash completion for darajabox
complete -o default -C darajabox darajabox
