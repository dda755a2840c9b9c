# python:3.11-slim with what the two services install, so that they build without a network:
#   docker build -t python:3.11-slim -f docs/offline.Dockerfile lab6
# Step by step: docs/uk/offline.md
ARG BASE=python:3.11-slim
FROM ${BASE}
COPY api/requirements.txt /tmp/api.txt
COPY worker/requirements.txt /tmp/worker.txt
RUN pip install --no-cache-dir -r /tmp/api.txt -r /tmp/worker.txt && rm /tmp/api.txt /tmp/worker.txt
