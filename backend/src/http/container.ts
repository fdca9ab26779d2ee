import type { Controller } from '@tsoa/runtime';
import { CachesController } from '../caches/caches-controller.js';
import type { Caches } from '../caches/caches.js';
import { EntriesController } from '../entries/entries-controller.js';
import type { Entries } from '../entries/entries.js';
import type { EventLog } from '../events/event-log.js';
import type { EventStreams } from '../events/event-streams.js';
import { EventsController } from '../events/events-controller.js';
import { HealthController } from './health-controller.js';
import type { Health } from './health.js';
import { toProblem } from './problem.js';
import type { Container, Operation } from './router.js';

/** What the controllers are made of. */
export interface Domain {
  caches: Caches;
  entries: Entries;
  events: EventLog;
  streams: EventStreams;
  health: Health;
}

/** Gives each controller what it needs. One container an app: several backends can run in one process. */
export function createContainer({ caches, entries, events, streams, health }: Domain): Container {
  const factories = new Map<Operation['controller'], () => Controller>([
    [CachesController, () => new CachesController(caches)],
    [EntriesController, () => new EntriesController(entries, toProblem)],
    [EventsController, () => new EventsController(events, streams)],
    [HealthController, () => new HealthController(health)],
  ]);
  return (controller) => {
    const create = factories.get(controller);
    if (!create) throw new Error(`The container does not know ${controller.name}.`);
    return create;
  };
}
