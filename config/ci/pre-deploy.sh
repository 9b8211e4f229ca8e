#!/bin/sh
# The gate before a deployment: it exits as `schema-watchdog check` does, says what to do, and lets nothing behind `&&` start.
#
# For `pm2 deploy`, in the ecosystem file:
#
#   deploy: {
#     production: {
#       user: "app", host: ["app.example"], ref: "origin/main", repo: "git@example:app.git", path: "/srv/app",
#       // Before anything is fetched: is the database as the release that runs expects it?
#       "pre-deploy": "sh config/ci/pre-deploy.sh",
#       // With the new release fetched and not started: is the database as that one expects it?
#       "post-deploy": "sh config/ci/pre-deploy.sh && npm ci && pm2 reload ecosystem.config.js --env production",
#     },
#   },
#
# pm2 runs `pre-deploy` in the release that is there, so what the new one needs only `post-deploy` can tell; until the reload at
# its end the old processes run on. A hook must hold no double quotes, and pm2 itself exits with 1 whatever the hook exits with.
#
# Arguments go to `schema-watchdog check`, such as `--fail-on critical`. From the environment:
#   SCHEMA_WATCHDOG         the command, if it is not on the PATH: /opt/schema-watchdog/.venv/bin/schema-watchdog
#   SCHEMA_WATCHDOG_CONFIG  the configuration, else config/watchdog.yaml
#   SHARED                  pm2's folder for what all releases share; from schema-watchdog.env in it come variables such as
#                           DATABASE_URL='postgresql://...', which then stand in no command line and in no log
set -eu

if [ -n "${SHARED:-}" ] && [ -f "$SHARED/schema-watchdog.env" ]; then
  set -a
  # shellcheck disable=SC1091 # it is on the server alone
  . "$SHARED/schema-watchdog.env"
  set +a
fi

code=0
"${SCHEMA_WATCHDOG:-schema-watchdog}" check --config "${SCHEMA_WATCHDOG_CONFIG:-config/watchdog.yaml}" "$@" || code=$?

say() { printf 'deployment stopped (%s): %s\n' "$code" "$1" >&2; }

case $code in
  0) ;;
  1) say 'what is there does not fit what is expected; the findings above say what mends each. Apply the migrations that they
name, mend the statements of the code, or the schema: schema-watchdog plan prints the SQL. Or accept what was meant, which for a
baseline is schema-watchdog baseline accept --reason ...; commit it. Then deploy again.' ;;
  2) say 'the command or the configuration has a mistake, named above: schema-watchdog config check names all of them.' ;;
  3) say 'the database could not be verified; why stands above. Deploy again when it can be looked at: nothing says that it is sound.' ;;
  126 | 127) say 'schema-watchdog could not be started. Install it, or name it with SCHEMA_WATCHDOG.' ;;
  *) say 'schema-watchdog itself failed, so nothing was verified. What it printed stands above.' ;;
esac
exit "$code"
