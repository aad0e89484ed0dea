import { copyOnClick } from './copy.ts';
import { chooseLines, showEnd } from './log-view.ts';
import { followRun } from './live.ts';
import { keepTimesRight } from './times.ts';

// Everything here makes a page more pleasant; without it every page says the same.
keepTimesRight();
copyOnClick();
chooseLines();
showEnd();
followRun();
