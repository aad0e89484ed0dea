import { runLink } from '../../../shared/links.ts';
import type { Volume } from '../../../shared/volume/volume.ts';
import { volumeWords } from '../words/volume.ts';
import { When } from './parts.tsx';

/** What the runs of a repository run on, and how warm it is. */
export function Volumes({ volumes, now }: { readonly volumes: readonly Volume[]; readonly now: Date }) {
  return (
    <section class="part" aria-labelledby="volumes-title">
      <div class="title">
        <h2 id="volumes-title">Volumes</h2>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Volume</th>
            <th scope="col">State</th>
            <th scope="col">Warm with</th>
            <th scope="col" class="figure">
              Epoch
            </th>
          </tr>
        </thead>
        <tbody>
          {volumes.map((volume) => (
            <tr>
              <th scope="row">{volume.index}</th>
              <td>
                <State volume={volume} now={now} />
              </td>
              <td>
                <Warm warm={volume.warm} now={now} />
              </td>
              <td class="figure">{volume.epoch}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function State({ volume, now }: { readonly volume: Volume; readonly now: Date }) {
  const words = volumeWords(volume, now);
  return volume.holder === null ? words : <a href={runLink(volume.holder.runId)}>{words}</a>;
}

function Warm({ warm, now }: { readonly warm: Volume['warm']; readonly now: Date }) {
  if (warm === null) return 'nothing';
  return (
    <>
      <code>{warm.sha.slice(0, 7)}</code>, <When at={warm.finishedAt} now={now} />
    </>
  );
}
