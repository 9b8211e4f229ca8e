# docs/operating.md says how it is built and run. One place names the base of all stages; give it with a digest to have no other:
# --build-arg PYTHON=python:3.13.9-slim-bookworm@sha256:...
ARG PYTHON=python:3.13.9-slim-bookworm

FROM ${PYTHON} AS wheel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build
COPY requirements/build.txt ./
RUN ["python", "-m", "pip", "install", "--require-hashes", "-r", "build.txt"]
COPY pyproject.toml README.md LICENSE ./
COPY watchdog watchdog
RUN ["python", "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "wheels", "."]


FROM ${PYTHON} AS environment
# pip installs into the environment and is not itself in it, so that the image has none there.
ENV PIP_PYTHON=/opt/schema-watchdog/bin/python PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build
RUN ["python", "-m", "venv", "--without-pip", "/opt/schema-watchdog"]
COPY requirements/watch.txt ./
RUN ["python", "-m", "pip", "install", "--require-hashes", "-r", "watch.txt"]
COPY --from=wheel /build/wheels wheels
# The folder holds one version, the one just built.
# hadolint ignore=DL3013
RUN ["python", "-m", "pip", "install", "--no-deps", "--no-index", "--find-links", "wheels", "schema-watchdog"]


FROM ${PYTHON}

RUN useradd --system --uid 9723 --no-create-home --home-dir /srv watchdog && install --directory --owner=9723 /srv/state
COPY --from=environment /opt/schema-watchdog /opt/schema-watchdog

ENV PATH=/opt/schema-watchdog/bin:$PATH
# The configuration's relative paths hold here as they do in the project: mount its config/ here, and a volume at state/.
# Nothing else is written; a tmpfs at /tmp is for SQLite, should it have very much to sort.
WORKDIR /srv
USER 9723
VOLUME /srv/state
EXPOSE 9723
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9723/healthz', timeout=4)"]

ENTRYPOINT ["schema-watchdog"]
# A published port reaches no loopback address; publish it to one: -p 127.0.0.1:9723:9723.
CMD ["run", "--config", "config/watchdog.yaml", "--listen", "0.0.0.0:9723"]

# Where the image comes from is for whoever builds it to say.
ARG SOURCE=""
ARG REVISION=""
LABEL org.opencontainers.image.title="schema-watchdog" \
      org.opencontainers.image.description="Guards a production PostgreSQL: schema drift and vanishing rows, as metrics, alerts and a deploy gate." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.revision="$REVISION"
