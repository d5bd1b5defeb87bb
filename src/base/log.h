/* What a person reads. One rank speaks: log_open says whether this one does; before it, none does. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

/* [local] speaks: whether this rank writes at all. Below LOG_NORMAL only warnings and errors are written. */
void log_open(bool speaks, enum log_level level);

/* [local] A line to stdout; a newline is added. log_verbose: at LOG_VERBOSE only. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* [local] "mfals: warning: ..." and "mfals: ..." to stderr. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where this thread's lines go instead, each to one call, whatever the level: the library's way of being silent. */
struct log_diversion {
    void (*line)(bool warning, const char *text, void *context); /* NULL: nowhere */
    void *context;
};

/* [local] From here on, in this thread; NULL: as log_open says. Not owned. Returns what was in force. */
const struct log_diversion *log_divert(const struct log_diversion *diversion);

/* [local] Whether log_line writes. */
bool log_speaks(void);

/* [local] Whether stdout ends at a terminal, also when mpirun stands between (it hands its ranks a terminal of its own
 * whatever its own stdout is). */
bool log_on_terminal(void);

/* [local] On a terminal: replaces the line last drawn by this one (without newline); "" wipes it. Elsewhere nothing. */
void log_progress(const char *line);

#endif
