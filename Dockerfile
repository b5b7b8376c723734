# The dashboard's web app. Its files are the same on every platform, so it is built on ours.
FROM --platform=$BUILDPLATFORM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

# The wheel, with the app inside, and everything it needs in one folder.
FROM python:3.11-slim-bookworm AS wheel
WORKDIR /src
COPY requirements/uv.txt requirements/runtime.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && uv venv /app/venv \
 && uv pip install --python /app/venv/bin/python --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY src/ src/
COPY --from=web /src/src/pulseboard/screen/built src/pulseboard/screen/built
RUN uv build --wheel --out-dir /tmp/wheel . \
 && uv pip install --python /app/venv/bin/python --no-deps /tmp/wheel/*.whl

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Pulseboard" \
      org.opencontainers.image.description="A self-hosted CI/CD pipeline health dashboard" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 pulseboard \
 && useradd --system --uid 10001 --gid pulseboard --home-dir /app --shell /usr/sbin/nologin pulseboard \
 && install -d -o pulseboard -g pulseboard /app/data
COPY --from=wheel /app/venv /app/venv
ENV PATH=/app/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PULSEBOARD_HOST=0.0.0.0 \
    PULSEBOARD_DATA=/app/data
WORKDIR /app
USER 10001:10001
VOLUME /app/data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('PULSEBOARD_PORT', '8000')}/health/live\", timeout=4)"]
ENTRYPOINT ["pulseboard"]
CMD ["serve"]
