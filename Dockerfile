# docker build -t schema-watchdog . && docker run -v ./config:/etc/schema-watchdog:ro -e DATABASE_URL schema-watchdog
FROM python:3.13.9-slim-bookworm AS wheel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build
COPY requirements/build.txt ./
RUN ["python", "-m", "pip", "install", "--require-hashes", "-r", "build.txt"]
COPY pyproject.toml README.md LICENSE ./
COPY watchdog watchdog
RUN ["python", "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "wheels", "."]


FROM python:3.13.9-slim-bookworm AS environment
ENV PATH=/opt/schema-watchdog/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build
RUN ["python", "-m", "venv", "/opt/schema-watchdog"]
COPY requirements/watch.txt ./
RUN ["python", "-m", "pip", "install", "--require-hashes", "-r", "watch.txt"]
COPY --from=wheel /build/wheels wheels
# The folder holds one version, the one just built.
# hadolint ignore=DL3013
RUN ["python", "-m", "pip", "install", "--no-deps", "--no-index", "--find-links", "wheels", "schema-watchdog"]


FROM python:3.13.9-slim-bookworm

LABEL org.opencontainers.image.title="schema-watchdog" \
      org.opencontainers.image.description="Guards a production PostgreSQL: schema drift and vanishing rows, as metrics, alerts and a deploy gate." \
      org.opencontainers.image.licenses="Apache-2.0"

RUN ["useradd", "--system", "--uid", "9723", "--create-home", "--home-dir", "/var/lib/schema-watchdog", "watchdog"]
COPY --from=environment /opt/schema-watchdog /opt/schema-watchdog

ENV PATH=/opt/schema-watchdog/bin:$PATH \
    PYTHONUNBUFFERED=1
# The configuration's relative paths, `state: ./state` among them, are below this folder: keep it on a volume.
WORKDIR /var/lib/schema-watchdog
USER 9723
EXPOSE 9723
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9723/healthz', timeout=4)"]

ENTRYPOINT ["schema-watchdog"]
CMD ["run", "--config", "/etc/schema-watchdog/watchdog.yaml"]
