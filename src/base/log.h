/* Lines for a person: notes and warnings. Where they go is the caller's business. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* [local] A note, a warning; without newline, cut at 2,000 bytes. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where this thread's lines go, each to one call. */
struct log_diversion {
    void (*line)(bool warning, const char *text, void *context);
    void *context;
};

/* [local] From here on, in this thread; NULL, as at first: nowhere. Not owned. Returns what was in force. */
const struct log_diversion *log_divert(const struct log_diversion *diversion);

#endif
