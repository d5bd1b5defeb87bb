#include "base/status.h"

#include <mfals/version.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[FAILURE_MESSAGE_SIZE];

status fail(status code, const char *format, ...)
{
    /* The new message may quote the old one. */
    char text[FAILURE_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mfals_printable(message, sizeof message, text);
    return code;
}

const char *failure_message(void)
{
    return message;
}

const char *errno_text(int error)
{
    static _Thread_local char text[128];
    return strerror_r(error, text, sizeof text); /* the GNU one: returns the text */
}

const char *mfals_status_text(enum mfals_status code)
{
    switch (code) {
#define MFALS_STATUS_CASE(name, number, text)                                                                \
    case name:                                                                                               \
        return text;
        MFALS_STATUS_LIST(MFALS_STATUS_CASE)
#undef MFALS_STATUS_CASE
    }
    return "unknown status";
}

const char *mfals_version(void)
{
    return MFALS_VERSION;
}

int mfals_version_number(void)
{
    return MFALS_VERSION_NUMBER;
}
