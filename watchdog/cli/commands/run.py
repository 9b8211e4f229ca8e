"""`run`: the daemon."""

from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, Listen


def run(config: ConfigFile = DEFAULT_CONFIG, listen: Listen = None) -> None:
    """Watch the configured databases until SIGINT or SIGTERM. SIGHUP reads the configuration again."""
    from watchdog.cli import run as daemon

    daemon.run(config=config, listen=listen)
