/**
 * What the doctor loads into the application before anything else: the package's own preload, between two modules that
 * report on the process. The three run in this order.
 */
import './before.ts';
import '../../../register.ts';
import './after.ts';
