# One container serves a class. Build: docker build -t ravine .   Run: docker run --rm -p 8501:8501 ravine
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/ravine

# The dependencies first: they change less often than the code, and their layer is kept.
COPY requirements.txt .
RUN pip install -r requirements.txt

COPY pyproject.toml README.md LICENSE ./
COPY core core
COPY surfaces surfaces
COPY optimizers optimizers
COPY app app
COPY .streamlit .streamlit
# Editable, so that there is one copy of the code, and `streamlit run` and the imports mean the same.
RUN pip install --no-deps --editable . \
    && useradd --system --create-home ravine

USER ravine
EXPOSE 8501
# The slim image has no curl.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app/server.py", "--server.address", "0.0.0.0", "--server.port", "8501", "--server.headless", "true"]
