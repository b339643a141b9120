// The server is not exported here: it loads Fastify, which few commands need (see rest-server.ts).
export {
  openTrackingStore,
  type TrackingStore,
  type TrackingStoreOptions,
} from './store/sqlite-store.ts'
