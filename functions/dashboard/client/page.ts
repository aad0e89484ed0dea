import { copyOnClick } from './copy.ts';
import { showLog } from './log.ts';
import { keepTimesRight } from './times.ts';

// Everything here makes a page more pleasant; without it every page says the same.
keepTimesRight();
copyOnClick();
showLog();
