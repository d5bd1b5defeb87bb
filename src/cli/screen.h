/* What a person sees. One rank speaks: screen_open says whether this one does; before it, none does. All local. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <mfals/context.h>
#include <stdbool.h>

enum screen_level { SCREEN_QUIET, SCREEN_NORMAL, SCREEN_VERBOSE };

/* speaks: whether this rank writes at all. Below SCREEN_NORMAL only warnings and errors are written. */
void screen_open(bool speaks, enum screen_level level);

/* A line to stdout, made printable; a newline is added. screen_detail: at SCREEN_VERBOSE only. */
void screen_line(const char *format, ...) MFALS_PRINTF(1, 2);
void screen_detail(const char *format, ...) MFALS_PRINTF(1, 2);

/* "mfals: warning: ..." and "mfals: ..." to stderr. */
void screen_warning(const char *format, ...) MFALS_PRINTF(1, 2);
void screen_error(const char *format, ...) MFALS_PRINTF(1, 2);

/* The library's messages: notes as screen_line, warnings as screen_warning. */
mfals_message_function screen_message;

/* A line that tells how things go on, where no bar can: as screen_line, or on stderr where stdout was left. */
void screen_progress(const char *format, ...) MFALS_PRINTF(1, 2);

/* [local] stdout is for what the command makes: notes are not written from here on, and progress is told on stderr. */
void screen_leave_stdout(void);

/* Whether there is a terminal that bars can be drawn on, also where mpirun stands between. One of TERM=dumb, or without
 * TERM, is none. */
bool screen_is_terminal(void);

/* Columns: what COLUMNS or the terminal says, else 80. */
int screen_width(void);

/* On a terminal: the line, without newline and of less than screen_width() columns, in place of the one drawn last.
 * Elsewhere nothing. */
void screen_draw(const char *line);

/* Wipes it. Any line that is written does so too. */
void screen_wipe(void);

/* Writes out what is left for stdout. 0, or the errno of the first write there that failed. */
int screen_end(void);

/* Whether stdout was a pipe whose reader has gone, such as head: what it did not want is forgotten then. */
bool screen_reader_left(void);

#endif
