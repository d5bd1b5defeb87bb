#include "base/log.h"

#include <mfals/status.h>
#include <stdarg.h>
#include <stdio.h>

enum { LINE_SIZE = 2048 };

static _Thread_local const struct log_diversion *diverted;

const struct log_diversion *log_divert(const struct log_diversion *diversion)
{
    const struct log_diversion *before = diverted;
    diverted = diversion;
    return before;
}

static void pass(bool warning, const char *format, va_list arguments)
{
    char text[LINE_SIZE], shown[LINE_SIZE];
    if (diverted == NULL)
        return;
    vsnprintf(text, sizeof text, format, arguments);
    diverted->line(warning, mfals_printable(shown, sizeof shown, text), diverted->context);
}

#define LOG_FUNCTION(name, warning)                                                                          \
    void name(const char *format, ...)                                                                       \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        pass((warning), format, arguments);                                                                  \
        va_end(arguments);                                                                                   \
    }

LOG_FUNCTION(log_line, false)
LOG_FUNCTION(log_warning, true)
