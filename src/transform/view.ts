/** Strategy `view`: a stored query. Its definition is made while targets are prepared, so nothing is left to do in its turn. */
import { noRows } from '../load/apply.js';
import type { StrategyRunner } from './work.js';

export const runView: StrategyRunner = async () => noRows;
