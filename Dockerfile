# The webhook and the command line in one image. Both base images are arguments and take a digest:
#   docker build --build-arg BASE=gcr.io/distroless/nodejs26-debian13:nonroot@sha256:… .
# test/integration/production-install.test.ts follows these instructions one by one, without a container engine.
ARG BUILDER=docker.io/library/node:26.10.0-trixie-slim
ARG BASE=gcr.io/distroless/nodejs26-debian13:nonroot

# What is built here is JavaScript, the same for all architectures: it is built once, on the builder's own.
FROM --platform=$BUILDPLATFORM ${BUILDER} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN node src/generate/dist.ts

FROM --platform=$BUILDPLATFORM ${BUILDER} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${BASE}
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --chmod=0644 package.json ./
# The first folder is where distroless has node; the others are where everyone else has it.
ENV PATH=/nodejs/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]

ARG BASE
ARG VERSION=0.1.0
ARG REVISION
ARG SOURCE
LABEL org.opencontainers.image.title="pratique" \
      org.opencontainers.image.description="Kubernetes admission webhook that denies docker-in-docker and grants the safe way to build images" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${BASE}"
