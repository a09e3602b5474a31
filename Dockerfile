# The same steps as `make install`, in three stages; the last one holds no compiler, no npm and no root.

FROM node:22-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY static static
COPY data/basemap data/basemap
RUN node static/vendor.mjs

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/sitewright
COPY requirements.lock ./
RUN /opt/sitewright/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: \
    --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY solver solver
COPY data data
COPY --from=assets /src/static static
RUN /opt/sitewright/bin/python -m pip install --no-deps --no-build-isolation --no-index .

FROM python:3.13-slim
# rasterio's wheel brings GDAL, but not the libexpat it needs.
RUN apt-get update && apt-get install --yes --no-install-recommends libexpat1 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --no-create-home sitewright \
    && install --directory --owner=sitewright --group=sitewright /var/lib/sitewright
COPY --from=build /opt/sitewright /opt/sitewright
ENV PATH=/opt/sitewright/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SITEWRIGHT_HOME=/var/lib/sitewright \
    NUMBA_CACHE_DIR=/var/lib/sitewright/numba
USER sitewright
WORKDIR /var/lib/sitewright
VOLUME /var/lib/sitewright
EXPOSE 8000
# 401 is healthy too: the web process answers, and the check holds no key.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", \
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status not in (200, 401))"]
ENTRYPOINT ["sitewright"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
