"""A submission's own set-up of its database, run by its own role in a container of its own.

The official image runs these files as a superuser. Here what needs one is refused (42501) and
passed over, within a transaction too; any other error ends the set-up where it would end there.
"""

INIT = "/docker-entrypoint-initdb.d"

#: In place of ``psql`` for the submission's scripts, in whatever way they call it. What ``-c`` says
#: is read as a file, since one refused statement would take all others of the text with it.
_PSQL = r"""#!/usr/bin/env bash
stop='' asked='' words=() told=$(mktemp)
if [[ " $* " =~ ON_ERROR_STOP=(1|on|true|yes)' ' ]]; then stop=3; fi
text() { asked=1; words+=(-f "$(mktemp)"); printf '%s\n' "$1" > "${words[-1]}"; }
while (($#)); do
    if [[ $1 =~ ^-[AaEeHlnqstwWXxSz01]*c$ ]]; then
        if [ "$1" != -c ]; then words+=("${1%c}"); fi
        text "$2"; shift
    elif [ "$1" = --command ]; then text "$2"; shift
    elif [[ $1 = --command=* ]]; then text "${1#*=}"
    else words+=("$1"); fi
    shift
done
/tmp/lab6/goes-on -v VERBOSITY=verbose -v ON_ERROR_ROLLBACK=on "${words[@]}" 2> "$told"
status=$?
cat "$told" >&2
if grep -E '(ERROR|FATAL): +[0-9A-Z]{5}:' "$told" | grep -qvE ': +(42501|25P02):'; then
    exit "${stop:-${asked:-$status}}"
fi
exit "$status"
"""

#: The files in their order, as the official image's entrypoint has it, with the names that it lends
#: to scripts. ``goes-on`` is a psql that knows no ON_ERROR_STOP, whether it is said by ``-v`` or by
#: ``\set`` in a file.
SCRIPT = f"""
set -e
until pg_isready -q; do sleep 0.1; done
mkdir -p /tmp/lab6
cat > /tmp/lab6/psql <<'LAB6'
{_PSQL}LAB6
real=$(dirname "$(command -v initdb)")/psql
sed s/ON_ERROR_STOP/ON_ERROR_SKIP/g "$real" > /tmp/lab6/goes-on
chmod +x /tmp/lab6/*
PATH="/tmp/lab6:$PATH"
docker_process_sql() {{ psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password "$@"; }}
psql=(docker_process_sql)
for file in {INIT}/*; do
    case "$file" in
        *.sh) if [ -x "$file" ]; then "$file"; else (. "$file"); fi ;;
        *.sql) docker_process_sql -f "$file" ;;
        *.sql.gz) gunzip -c "$file" | docker_process_sql ;;
    esac
done
"""
