import { http } from '@google-cloud/functions-framework';
import { environment, readSettings } from '../../shared/config.ts';
import { listenInstead } from '../../shared/own-listener.ts';
import { createListener } from './listener.ts';
import { outsideOf } from './outside.ts';
import { appHookOf, webhookVariables } from './settings.ts';
import { createWebhook } from './webhook.ts';

const settings = readSettings(webhookVariables, environment());
listenInstead(createListener(createWebhook(outsideOf(settings), appHookOf(settings))));
http('webhook', () => undefined);
