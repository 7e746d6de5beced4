# srcnn serve in a container. The root file system may be read-only; images in work lie in /tmp:
#   docker build -t srcnn .
#   docker run --rm --read-only --tmpfs /tmp:size=2g --cap-drop ALL --security-opt no-new-privileges -p 127.0.0.1:8000:8000 srcnn
FROM python:3.12-slim AS build
COPY pyproject.toml constraints.txt README.md LICENSE LICENSES.md /src/
COPY src /src/src
RUN python -m venv /opt/srcnn \
 && /opt/srcnn/bin/pip install --no-cache-dir --constraint /src/constraints.txt '/src[serve,openvino,formats]'

FROM python:3.12-slim
COPY --from=build /opt/srcnn /opt/srcnn
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin srcnn
# Nothing is written outside /tmp, also no compiled Python.
ENV PATH=/opt/srcnn/bin:$PATH PYTHONDONTWRITEBYTECODE=1 TMPDIR=/tmp HOME=/tmp
USER 10001
WORKDIR /tmp
VOLUME /tmp
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
# Who may reach the port is decided by `docker run -p`; a token is taken from SRCNN_SERVE_TOKEN.
ENTRYPOINT ["srcnn", "serve", "--host", "0.0.0.0"]
