// First, before the framework: it changes what the framework finds.
import '../../shared/no-domain.ts';
import { cloudEvent } from '@google-cloud/functions-framework';
import { environment, readSettings } from '../../shared/config.ts';
import { outsideOf } from './outside.ts';
import { createScheduler } from './scheduler.ts';
import { schedulerVariables } from './settings.ts';

const settings = readSettings(schedulerVariables, environment());
cloudEvent('scheduler', createScheduler(outsideOf(settings), settings));
