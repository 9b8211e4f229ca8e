"""`python -m watchdog.web.probe HOST:PORT`: whether the watchdog there is healthy, for a container's health check."""

import http.client
import ssl
import sys

SECONDS = 4.0


def trouble(address: str) -> str | None:
    """Why it is not healthy; None where it is. Asks by HTTP, and by HTTPS where nobody understands that.

    Whose certificate it is does not matter on the way to oneself, and it hardly names the loopback address.
    """
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    try:
        plain = http.client.HTTPConnection(address, timeout=SECONDS)
        encrypted = http.client.HTTPSConnection(address, timeout=SECONDS, context=anybody)
        try:
            status = _status(plain)
        except (http.client.HTTPException, ConnectionResetError):
            status = _status(encrypted)
    except (OSError, http.client.HTTPException) as error:
        return f"{address} does not answer: {error or type(error).__name__}"
    return None if status == http.client.OK else f"{address} says {status}"


def _status(connection: http.client.HTTPConnection) -> int:
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(trouble(sys.argv[1]))
