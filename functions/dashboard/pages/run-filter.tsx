import { VerdictName } from '../../../shared/run/run.ts';
import type { ListFilter } from '../models/run-list.ts';

/** What runs of a list are to have in common: it stands in the address of the page. */
export function RunFilter({ filter }: { readonly filter: ListFilter }) {
  return (
    <form class="filter" method="get" role="search" aria-label="Filter of runs">
      <label>
        Branch <Words name="branch" value={filter.branch} />
      </label>
      <label>
        Verdict{' '}
        <select name="verdict">
          <option value="">any</option>
          {VerdictName.options.map((name) => (
            <option value={name} selected={name === filter.verdict}>
              {name.replaceAll('-', ' ')}
            </option>
          ))}
        </select>
      </label>
      <label>
        Author <Words name="author" value={filter.author} />
      </label>
      <button type="submit">Filter</button>
    </form>
  );
}

function Words({ name, value }: { readonly name: string; readonly value: string | undefined }) {
  return (
    <input
      name={name}
      type="text"
      value={value ?? ''}
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
      placeholder="any"
    />
  );
}
