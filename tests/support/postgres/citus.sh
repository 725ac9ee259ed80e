#!/bin/bash
# Runs a command with a Citus cluster in a temporary folder, which goes with it: a coordinator and two workers, of the programs
# in the folder that CITUS_BIN names, else of the newest PostgreSQL that Debian has installed.
#
#   citus.sh COMMAND [ARGUMENT...]
#
# The command finds the folder with their sockets in TEST_CITUS: 5432 is the coordinator's, 5433 and 5434 the workers'.
set -euo pipefail

programs=${CITUS_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)}
[ -x "$programs/initdb" ] || {
	echo "citus.sh: there is no PostgreSQL in \"$programs\"; name the folder of its programs in CITUS_BIN" >&2
	exit 1
}
[ -e "$("$programs/pg_config" --pkglibdir 2>/dev/null || dirname "$programs")/citus.so" ] ||
	[ -e "$(dirname "$programs")/lib/citus.so" ] || {
	echo "citus.sh: the PostgreSQL in $programs has no Citus. Packages: https://docs.citusdata.com; or name another in CITUS_BIN" >&2
	exit 1
}

folder=$(mktemp -d -t candor-citus-XXXXXX)
as=()
if [ "$(id -u)" = 0 ]; then
	# PostgreSQL refuses root.
	chown postgres: "$folder"
	as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
# Whose certificates are looked for is not whoever runs this.
in_folder() { (cd "$folder" && HOME=$folder "${as[@]}" "$@"); }

sql() { (cd / && psql -X -q -A -t -U candor -h "$folder" -p "$1" -d postgres -c "$2"); }

# Tests leave databases behind, and in each Citus keeps a process and connections to all others: those to which nobody has been
# connected for a while are dropped.
tidy() {
	while sleep 5; do
		for database in $(sql 5432 "SELECT datname FROM pg_database d WHERE datname LIKE 'test\_%'
			AND (pg_stat_file('base/' || d.oid || '/PG_VERSION')).modification < now() - interval '25 seconds'
			AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid AND a.backend_type = 'client backend'
				AND a.application_name NOT LIKE 'citus%')"); do
			for server in 5432 5433 5434; do
				sql "$server" "DROP DATABASE IF EXISTS $database WITH (FORCE)" || true
			done
		done
	done
}

stop() {
	[ -z "${tidying:-}" ] || kill "$tidying" 2>/dev/null || true
	for server in 5432 5433 5434; do
		in_folder "$programs/pg_ctl" -D "$folder/$server" -m immediate stop >/dev/null 2>&1 || true
	done
	rm -rf "$folder"
}
trap stop EXIT

for server in 5432 5433 5434; do
	in_folder "$programs/initdb" -D "$folder/$server" -U candor --auth=trust --no-sync --no-instructions --encoding=UTF8 \
		--locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >/dev/null
	# What is in the folder is lost with it, so nothing waits for the disk; all reach each other by the sockets in it.
	cat >>"$folder/$server/postgresql.conf" <<-END
		shared_preload_libraries = 'citus'
		port = $server
		listen_addresses = ''
		unix_socket_directories = '$folder'
		citus.node_conninfo = 'sslmode=prefer'
		citus.distributed_deadlock_detection_factor = 20
		fsync = ${CITUS_FSYNC:-off}
		max_connections = 1500
		max_prepared_transactions = 500
		max_worker_processes = 500
		shared_buffers = 64MB
	END
	in_folder "$programs/pg_ctl" -D "$folder/$server" -l "$folder/$server.log" -w start >/dev/null || {
		cat "$folder/$server.log" >&2
		exit 1
	}
done

tidy >/dev/null 2>&1 &
tidying=$!
TEST_CITUS=$folder TEST_STORE=postgres "$@"
