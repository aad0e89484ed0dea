import { http } from '@google-cloud/functions-framework';
import { getRequestListener } from '@hono/node-server';
import { environment, readSettings } from '../../shared/config.ts';
import { listenInstead } from '../../shared/own-listener.ts';
import { createDashboard } from './dashboard.tsx';
import { outsideOf } from './outside.ts';
import { dashboardVariables } from './settings.ts';

const settings = readSettings(dashboardVariables, environment());
const app = createDashboard(outsideOf(settings, new URL('assets/', import.meta.url)), settings);
const listener = getRequestListener(app.fetch);
listenInstead((request, response) => void listener(request, response));
http('dashboard', () => undefined);
