export { PopulusClient } from "./client.js";
export { PopulusError } from "./errors.js";
export { IndexedDBStorage, MemoryStorage } from "./storage.js";
