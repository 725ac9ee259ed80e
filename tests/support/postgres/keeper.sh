# Ends a PostgreSQL of the tests and removes its folder when those who use it are gone, however they went.
#
#   keeper.sh own FOLDER
#       when standard input ends, which the test holds
#   keeper.sh shared FOLDER USERS GATE PLACE RUNNER
#       when nobody has a lock on USERS: at once if the process RUNNER, which starts the tests, is gone, else after some time.
#       PLACE is the file that names the folder to the tests.

mode=$1
folder=$2
users=$3
gate=$4
place=$5
runner=$6

# It looks every fifth of a second, and so often for the next test while the runner is there.
patience=100

postmaster() {
	head -n 1 "$folder/data/postmaster.pid" 2>/dev/null
}

clean_up() {
	process=$(postmaster)
	if [ -n "$process" ]; then
		kill -QUIT "$process" 2>/dev/null
		tries=0
		while kill -0 "$process" 2>/dev/null && [ $tries -lt 50 ]; do
			sleep 0.1
			tries=$((tries + 1))
		done
		[ $tries -lt 50 ] || kill -KILL "$process" 2>/dev/null
	fi
	rm -rf "$folder"
}

unused() {
	flock --nonblock --exclusive "$users" true
}

if [ "$mode" = own ]; then
	cat >/dev/null
	[ -d "$folder" ] && clean_up
	exit
fi

idle=0
while sleep 0.2; do
	if ! unused; then
		idle=0
		continue
	fi
	idle=$((idle + 1))
	if kill -0 "$runner" 2>/dev/null && [ $idle -lt $patience ] && [ -n "$(postmaster)" ]; then
		continue
	fi
	# Whoever holds the gate is about to use the server.
	exec 8>"$gate"
	flock --exclusive 8
	if unused; then
		rm -f "$place"
		clean_up
		exit
	fi
	exec 8>&-
done
