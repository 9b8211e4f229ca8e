"""A server's address field by field, in the place of a connection string."""

from typing import Annotated, Literal, Self, cast

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidatorFunctionWrapHandler, model_validator

from watchdog.address import MODES, NEGOTIATIONS, TARGETS, TLS_VERSIONS, connection_string, mistakes
from watchdog.config.fields import Secret, Section, Text


def _several(value: object) -> object:
    return (value,) if isinstance(value, str | int) and not isinstance(value, bool) else value


Port = Annotated[int, Field(ge=1, le=65535)]
Hosts = Annotated[tuple[Text, ...], BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...])]
Ports = Annotated[tuple[Port, ...], BeforeValidator(_several, json_schema_input_type=int | tuple[int, ...])]


class Server(Section):
    """The fields are libpq's parameters, by their names. Of several hosts the first that is of use is taken."""

    secrets = ("password", "sslpassword")

    host: Hosts = ()
    port: Ports = ()
    dbname: Text | None = None
    user: Text | None = None
    password: Secret | None = None
    # Where passwords stand as psql reads them; by default PGPASSFILE, or ~/.pgpass.
    passfile: Text | None = None
    # A section of ~/.pg_service.conf, or of PGSERVICEFILE.
    service: Text | None = None
    sslmode: Literal[MODES] | None = None  # type: ignore[valid-type]
    # `system` is what the operating system trusts.
    sslrootcert: Text | None = None
    sslcert: Text | None = None
    sslkey: Text | None = None
    sslpassword: Secret | None = None
    sslcrl: Text | None = None
    sslnegotiation: Literal[NEGOTIATIONS] | None = None  # type: ignore[valid-type]
    ssl_min_protocol_version: Literal[TLS_VERSIONS] | None = None  # type: ignore[valid-type]
    ssl_max_protocol_version: Literal[TLS_VERSIONS] | None = None  # type: ignore[valid-type]
    target_session_attrs: Literal[TARGETS] | None = None  # type: ignore[valid-type]
    options: Text | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if not self.host and self.service is None:
            raise ValueError("leads nowhere: give host, or service")
        for name, wrong in mistakes(self._values):
            raise ValueError(f"{name}: {wrong}")
        return self

    @property
    def dsn(self) -> str:
        """The same as a connection string."""
        return connection_string(self._values)

    @property
    def _values(self) -> dict[str, str]:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: _text(value) for name, value in given.items() if value}


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


class Reached(Section):
    """A section whose server is given as `dsn`, or field by field as `connection`."""

    connection: Server | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _by_one_way(cls, data: object, handler: ValidatorFunctionWrapHandler) -> Self:
        """The fields become a connection string, so that there is one form for whoever connects."""
        if not isinstance(data, dict) or "connection" not in data:
            return cast("Self", handler(data))
        if data["connection"] is None:  # nothing stands behind its colon, or nothing but comments below it
            data = {**data, "connection": {}}
        filled = {name: value for name, value in data.items() if name != "dsn_file"}
        if "dsn" in data or "dsn_file" in data:
            filled["dsn"] = ValueError("give dsn or connection, not both")
        else:
            try:
                filled["dsn"] = Server.model_validate(filled["connection"]).dsn
            except ValidationError:
                filled["dsn"] = "postgresql://"  # what is wrong is told of the fields
        return cast("Self", handler(filled))
