// pm2 start pm2.config.js
const path = require("node:path");

module.exports = {
  apps: [
    {
      name: "schema-watchdog",
      cwd: __dirname,
      // The program itself is the venv's Python, so pm2 is to put no interpreter before it.
      script: path.join(__dirname, ".venv", "bin", "python"),
      interpreter: "none",
      args: ["-m", "watchdog", "run", "--config", "config/watchdog.yaml"],
      exec_mode: "fork",
      instances: 1, // two would send every alert twice
      autorestart: true,
      exp_backoff_restart_delay: 100, // milliseconds, growing to 15 s
      // A wrong configuration is not cured by a restart. `pm2 list` says "waiting restart" all the same; none follows.
      stop_exit_codes: [2],
      kill_timeout: 15000, // milliseconds to finish the checks at work and what is being sent
      max_memory_restart: "512M",
      time: true,
      env: { PYTHONUNBUFFERED: "1" },
    },
  ],
};
