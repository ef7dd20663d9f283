# One container serves a class, on all cores. Build: docker build -t ravine .   Run: docker run --rm -p 8501:8501 ravine
FROM python:3.11-slim AS packages

# Whether it is installed or being developed Streamlit takes from the name of the folder.
COPY requirements.txt scripts/trim-packages /build/
RUN pip install --no-cache-dir --no-compile --target /site-packages -r /build/requirements.txt \
    && /build/trim-packages /site-packages \
    && python -m compileall -q /site-packages

FROM python:3.11-slim

# One thread of linear algebra in each process: there is a process for each core.
ENV PYTHONPATH=/srv/site-packages PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp OMP_NUM_THREADS=1
WORKDIR /srv/ravine
COPY --from=packages /site-packages /srv/site-packages
COPY LICENSE ./
COPY .streamlit .streamlit
COPY core core
COPY surfaces surfaces
COPY optimizers optimizers
COPY lessons lessons
COPY maps maps
COPY app app
RUN python -m compileall -q . \
    && useradd --system --no-create-home --uid 10001 ravine

USER 10001
EXPOSE 8501
# The slim image has no curl. Metrics have a port of their own, on the loopback address, which knows how all processes are.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-S", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8502/readyz', timeout=4)"]
CMD ["python", "-m", "app.serve"]
