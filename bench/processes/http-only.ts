/** `--import`: what a service loads anyway. */
import 'node:http';
