# Sourced by the scripts here: their command line.
#
#   read_options "NAME ..." "FLAG ..." "$@"
#       sets the variable of each --NAME=VALUE or --NAME VALUE, and that of a --FLAG to yes ("-" in an option is "_" in its
#       variable); --help prints the script's head; anything else ends the script with status 2
#
# shellcheck shell=bash
read_options()
{
	local names=" $1 " flags=" $2 " script=${BASH_SOURCE[1]} option name
	shift 2
	while [ $# -gt 0 ]; do
		option=${1%%=*}
		name=${option#--}
		if [ "$1" = --help ]; then
			sed -n '2,/^set/{/^set/d;/^# shellcheck/d;s/^# \{0,1\}//;p}' "$script"
			exit 0
		elif [[ $1 == --* && $1 != *=* && $flags == *" $name "* ]]; then
			declare -g "${name//-/_}=yes"
		elif [[ $1 == --*=* && $names == *" $name "* ]]; then
			declare -g "${name//-/_}=${1#*=}"
		elif [[ $1 == --* && $names == *" $name "* ]]; then
			[ $# -ge 2 ] || { echo "$(basename "$script"): $1 needs a value" >&2; exit 2; }
			declare -g "${name//-/_}=$2"
			shift
		else
			echo "$(basename "$script"): unknown option \"$1\"" >&2
			exit 2
		fi
		shift
	done
}
