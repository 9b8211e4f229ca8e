// pm2 start pm2.config.js; or beside other apps, in their file: apps: [{ ... }, ...require("/opt/schema-watchdog/pm2.config.js").apps]
// What pm2 does with it, and how to keep the database's password out of pm2's own files, is in docs/operating.md.
const fs = require("node:fs");
const path = require("node:path");

const bin = path.join(__dirname, ".venv", "bin");

// pm2 then says "Script not found", starts the other apps of the file and exits with 1. To throw would keep those from starting.
if (!fs.existsSync(path.join(bin, "schema-watchdog")))
  console.error(`schema-watchdog: ${bin} is missing or not complete (run make setup in ${__dirname})`);

module.exports = {
  apps: [
    {
      name: "schema-watchdog",
      cwd: __dirname, // the configuration's relative paths hold here
      script: ".venv/bin/schema-watchdog", // from cwd: a path with a space in it pm2 would give to bash as a command
      interpreter: path.join(bin, "python"),
      args: ["run"],
      env: {
        SCHEMA_WATCHDOG_CONFIG: process.env.SCHEMA_WATCHDOG_CONFIG || path.join(__dirname, "config", "watchdog.yaml"),
      },

      // One process: of two the second ends with 2, for the state is held. In fork mode a reload is a stop and a start.
      exec_mode: "fork",
      instances: 1,

      // A stop takes 0.2 s, and 18 s at most when databases and receivers hang: docs/operating.md counts them up.
      kill_timeout: 20000,
      // It ends what it has started by itself; and without `ps`, pm2 could tell no tree of processes to end.
      treekill: false,
      // No wait_ready: in fork mode nothing but `pm2 start` itself would wait, and pm2 says "online" when no word comes, too.

      // A mistake of the configuration is not cured by a restart. `pm2 list` says "waiting restart" all the same; none follows.
      stop_exit_codes: [2],
      exp_backoff_restart_delay: 100, // milliseconds, growing by half each time to 15 s; 100 again after 30 s of running
      // It takes 65 MB for a few tables, and up to 310 MB for 10,000 with their 120,000 columns.
      max_memory_restart: "1G",

      // To pm2's folder of logs, in <name>-error.log without a number: all lines go to stderr. They are JSON and have a time.
      merge_logs: true,
      vizion: false, // pm2 need not ask git
    },
  ],
};
