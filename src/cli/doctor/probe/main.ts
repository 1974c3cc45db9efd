/**
 * What the doctor loads into the application before anything else: the package's own preload, and around it what tells
 * the doctor about the process. The three run in this order.
 */
import './before.ts';
import '../../../register.ts';
import './after.ts';
