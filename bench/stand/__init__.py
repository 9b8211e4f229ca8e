"""Where is measured: servers, databases of a chosen size, what a process and a server have spent."""
