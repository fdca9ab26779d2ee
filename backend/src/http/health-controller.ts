import { Controller, Extension, Get, Route, SuccessResponse, Tags } from '@tsoa/runtime';
import { NotReady, type Health, type Readiness } from './health.js';

/** Whether the process lives. */
export interface Liveness {
  /**
   * Always `alive`: whoever can answer is.
   * @example "alive"
   */
  status: 'alive';
}

@Route('')
@Tags('Health')
export class HealthController extends Controller {
  constructor(private readonly health: Health) {
    super();
  }

  /**
   * Answers as long as the process lives, whatever Redis does: restart it only when this fails.
   *
   * @summary Is it alive?
   */
  @Get('livez')
  @SuccessResponse(200, 'It is alive.')
  @Extension('x-problems', [])
  async livez(): Promise<Liveness> {
    return { status: 'alive' };
  }

  /**
   * Whether it can serve: Redis answers, the subscription to its key notifications is up, and it is not shutting down.
   *
   * @summary Is it ready?
   */
  @Get('readyz')
  @SuccessResponse(200, 'It is ready.')
  @Extension('x-problems', ['not-ready'])
  async readyz(): Promise<Readiness> {
    const readiness = await this.health.ready();
    if (!readiness.redis || !readiness.subscription || readiness.stopping) throw new NotReady(readiness);
    return readiness;
  }

  /**
   * Figures for a monitoring system, as OpenMetrics text.
   *
   * @summary Metrics
   */
  @Get('metrics')
  @SuccessResponse(200, 'The figures.', 'application/openmetrics-text')
  @Extension('x-problems', [])
  async metrics(): Promise<string> {
    const { contentType, text } = await this.health.metrics();
    this.setHeader('Content-Type', contentType);
    return text;
  }
}
