// First, before the framework: it changes what the framework finds.
import '../../shared/no-domain.ts';
import { cloudEvent } from '@google-cloud/functions-framework';
import { environment, readSettings } from '../../shared/config.ts';
import { outsideOf } from './outside.ts';
import { watcherVariables } from './settings.ts';
import { createWatcher } from './watcher.ts';

const settings = readSettings(watcherVariables, environment());
cloudEvent('watcher', createWatcher(outsideOf(settings), settings));
