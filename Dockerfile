# The toolkit with the reference project: one image for the tracking server and the API (docker-compose.yml).
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY toolchain toolchain
RUN npm ci --omit=dev

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY src src
# `node`, by number: Kubernetes takes no name for a user that is not root.
USER 1000:1000
# `node` finds the sources through this condition, as npm scripts do.
ENTRYPOINT ["node", "--conditions=mlpt-source", "bin/mlpt.js"]
CMD ["--help"]
