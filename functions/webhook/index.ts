import { http } from '@google-cloud/functions-framework';
import { environment, readSettings } from '../../shared/config.ts';
import { listenInstead } from '../../shared/own-listener.ts';
import { createListener } from './listener.ts';
import { outsideOf } from './outside.ts';
import { webhookVariables } from './settings.ts';
import { createWebhook } from './webhook.ts';

listenInstead(createListener(createWebhook(outsideOf(readSettings(webhookVariables, environment())))));
http('webhook', () => undefined);
