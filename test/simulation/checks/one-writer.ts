import { diskName } from '../../../shared/attempt/names.ts';
import { isGone } from '../../../shared/volume/writer.ts';
import type { Check } from './seen.ts';

/** A volume has one writer, and whoever may write is who holds it: nothing lives on a volume that is free. */
export const oneWriter: Check = ({ volumes, jobs, runs }) =>
  volumes.flatMap(({ repoId, volume }) => {
    const name = diskName(repoId, volume.index);
    const writers = jobs.filter(({ order, job, pod }) => order.diskName === name && !isGone({ job, pod }));
    const names = writers.map(({ job }) => job.name).join(', ');
    const holder = runs.find(({ id }) => id === volume.holder?.runId);
    return [
      ...(writers.length > 1 ? [`${name} has ${writers.length} writers: ${names}`] : []),
      ...(volume.state === 'free' && writers.length > 0 ? [`${name} is free, and ${names} writes to it`] : []),
      ...((volume.state === 'leased' || volume.state === 'fenced') && volume.holder === null
        ? [`${name} is ${volume.state} to nobody`]
        : []),
      ...writers
        .filter(({ order }) => order.epoch !== volume.epoch)
        .map(({ job, order }) => `${job.name} writes to ${name} under epoch ${order.epoch}, not ${volume.epoch}`),
      ...(volume.state === 'leased' && holder?.state === 'finished'
        ? [`${name} is held by ${holder.id}, which is finished`]
        : []),
    ];
  });
