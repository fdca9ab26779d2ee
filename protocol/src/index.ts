export * from './cache.js';
export * from './close-codes.js';
export * from './cursor.js';
export * from './entry.js';
export * from './event.js';
export * from './frames.js';
export * from './limits.js';
