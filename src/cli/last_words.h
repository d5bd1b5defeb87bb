/* What a log for programs still says when a signal ends the process.
 *
 *     last_words_begin(fd);
 *     ...
 *     last_words_end();
 *
 * One log a process.
 */
#ifndef CLI_LAST_WORDS_H
#define CLI_LAST_WORDS_H

/* [local] From here on SIGTERM, SIGINT and SIGHUP, where nobody else handles or ignores them, first write the event
 * "stop" to fd, which has whole lines at that time, and then end the process as they would. */
void last_words_begin(int fd);

/* [local] Between these two, fd may have a part of a line, and the signals wait. */
void last_words_hold(void);
void last_words_release(void);

/* [local] As it was before. */
void last_words_end(void);

#endif
