# The service as one container: `docker build -t followthrough .`, then see README.md.
# A package index other than pip's own is named at build time: --build-arg PIP_INDEX_URL=...

FROM python:3.11-slim AS build
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/followthrough
COPY .ci/image.lock .ci/image.lock
RUN /opt/followthrough/bin/pip install --require-hashes -r .ci/image.lock
COPY pyproject.toml README.md LICENSE ./
COPY worker worker
COPY config config
RUN /opt/followthrough/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 followthrough \
 && install -d -o followthrough -g followthrough /config /var/lib/followthrough
COPY --from=build /opt/followthrough /opt/followthrough
ENV PATH=/opt/followthrough/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FOLLOWTHROUGH_WEB_HOST=0.0.0.0 \
    FOLLOWTHROUGH_DATA_DIR=/var/lib/followthrough
USER followthrough
WORKDIR /var/lib/followthrough
# What the embedded Redis and mails without a mail server leave; nothing in it is precious.
VOLUME /var/lib/followthrough
EXPOSE 8080
# Python instead of curl, which the image does not have.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["followthrough", "run", "--config", "/config"]
