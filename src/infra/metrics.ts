import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LaneCounts } from './queue/queues.ts';

/** Measures of one process. Labels take values from small closed sets only: never an identifier. */
export interface Metrics {
  readonly registry: Registry;
  jobRan(job: string, outcome: 'done' | 'failed', seconds: number): void;
  eventsRelayed(count: number): void;
  eventsSwept(count: number): void;
  queueSeen(lane: string, counts: LaneCounts): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const jobs = new Histogram({
    name: 'touchstone_job_seconds',
    help: 'Time that jobs took, by name and outcome',
    labelNames: ['job', 'outcome'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const relayed = new Counter({
    name: 'touchstone_events_relayed_total',
    help: 'Events moved from outboxes to the journal',
    registers,
  });
  const swept = new Counter({
    name: 'touchstone_events_swept_total',
    help: 'Event jobs that the queue had lost and the sweeper enqueued again',
    registers,
  });
  const queued = new Gauge({
    name: 'touchstone_queue_jobs',
    help: 'Jobs in a lane, by state',
    labelNames: ['lane', 'state'] as const,
    registers,
  });
  return {
    registry,
    jobRan: (job, outcome, seconds) => jobs.observe({ job, outcome }, seconds),
    eventsRelayed: (count) => relayed.inc(count),
    eventsSwept: (count) => swept.inc(count),
    queueSeen: (lane, counts) => {
      queued.set({ lane, state: 'waiting' }, counts.waiting);
      queued.set({ lane, state: 'active' }, counts.active);
      queued.set({ lane, state: 'delayed' }, counts.delayed);
      queued.set({ lane, state: 'failed' }, counts.failed);
    },
  };
}
