# Two images of one program: `serve` answers over HTTP, `train` has every verb.
#   docker build --target serve .      docker build --target train .

ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS tools
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements/ requirements/

# Packages first, the program last: a change of code leaves the large layers as they are.
# Wheels bring their tests and sources along; nothing imports them.
FROM tools AS serve-packages
RUN pip install --quiet --require-hashes --ignore-installed --prefix=/install -r requirements/serve.txt \
 && find /install -depth -type d -name tests -exec rm -r {} + \
 && find /install -type f -regex '.*\.\(a\|c\|h\|pxd\|pyx\)' -delete \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /install

FROM tools AS train-packages
RUN pip install --quiet --require-hashes --ignore-installed --prefix=/install -r requirements/run.txt \
 && find /install -depth -type d -name tests -exec rm -r {} + \
 && find /install -type f -regex '.*\.\(a\|c\|h\|pxd\|pyx\)' -delete \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /install

FROM tools AS program
RUN pip install --quiet --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY recommender/ recommender/
RUN pip wheel --quiet --no-deps --no-build-isolation --wheel-dir wheels . \
 && pip install --quiet --no-deps --no-index --prefix=/install wheels/*.whl \
 && python -m compileall -q --invalidation-mode unchecked-hash /install

FROM ${PYTHON_IMAGE} AS runtime
# Nothing can be installed into what runs. The cache must be owned before it is declared a volume; where /tmp is none,
# Fargate would mount one that is root's.
RUN pip uninstall --quiet --yes --root-user-action=ignore pip setuptools wheel \
 && rm -rf /usr/local/lib/python3.*/ensurepip \
 && groupadd --gid 10001 recommender \
 && useradd --uid 10001 --gid recommender --no-log-init --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin recommender \
 && install --directory --owner=recommender --group=recommender /var/lib/recommender /var/cache/recommender
ENV PYTHONUNBUFFERED=1 \
    RECOMMENDER_HOST=0.0.0.0 \
    RECOMMENDER_STORAGE_URL=file:///var/lib/recommender \
    RECOMMENDER_CACHE_DIR=/var/cache/recommender
VOLUME ["/var/cache/recommender", "/tmp"]
WORKDIR /var/lib/recommender
USER 10001:10001
ENTRYPOINT ["recommender"]

FROM runtime AS train
ENV MPLCONFIGDIR=/tmp/matplotlib
COPY --from=train-packages /install /usr/local
COPY --from=program /install /usr/local
CMD ["train"]
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="recommender-train" \
      org.opencontainers.image.description="Imports a shop's click log, trains on it, publishes model versions." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

FROM runtime AS serve
EXPOSE 8000
STOPSIGNAL SIGTERM
# No proxy is asked for this machine itself, whatever the environment says of proxies.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('RECOMMENDER_PORT', '8000')), timeout=4); c.request('GET', '/livez'); sys.exit(c.getresponse().status != 200)"]
COPY --from=serve-packages /install /usr/local
COPY --from=program /install /usr/local
CMD ["serve"]
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="recommender" \
      org.opencontainers.image.description="Recommendations for online shops, over HTTP." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
