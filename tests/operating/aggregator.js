// Stands beside the watchdog under the same pm2: answers HTTP, says so once, and ends when asked.
const http = require("node:http");

const server = http.createServer((_, answer) => answer.end("sealed\n"));
server.listen(0, "127.0.0.1", () => console.log("aggregating"));
process.on("SIGINT", () => server.close(() => process.exit(0)));
