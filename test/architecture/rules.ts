import {
  decisionsArePure,
  functionsAreWiredOnce,
  importsPointInward,
  programsStayLean,
  queriesStandInTheTable,
  roomsHaveNoCircles,
} from './direction.ts';
import type { Rule } from './source-file.ts';
import {
  filesAreShort,
  noDecisionsByMessage,
  noMocksOfOurOwn,
  noStateInModules,
  suppressionsHaveReasons,
  zodAsNamespace,
} from './style.ts';
import { dependenciesArePinned, linksResolve, pathsInCodeResolve, textsStandAlone } from './texts.ts';

/** The project's own rules, by the name under which a finding is told. */
export const rules: Readonly<Record<string, Rule>> = {
  importsPointInward,
  decisionsArePure,
  programsStayLean,
  roomsHaveNoCircles,
  functionsAreWiredOnce,
  queriesStandInTheTable,
  filesAreShort,
  noStateInModules,
  noMocksOfOurOwn,
  suppressionsHaveReasons,
  noDecisionsByMessage,
  zodAsNamespace,
  textsStandAlone,
  dependenciesArePinned,
  linksResolve,
  pathsInCodeResolve,
};
