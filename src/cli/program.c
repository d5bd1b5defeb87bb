#include "cli/program.h"

#include <string.h>

static bool find(struct mfals_value *value, const struct program *program, const char *option)
{
    for (int i = 0; mfals_options_value(value, program->options, i); i++)
        if (strcmp(value->name, option) == 0)
            return true;
    return false;
}

const char *program_text(const struct program *program, const char *option)
{
    struct mfals_value value;
    return find(&value, program, option) && value.kind == MFALS_TEXT ? value.text : NULL;
}

double program_number(const struct program *program, const char *option)
{
    struct mfals_value value;
    if (!find(&value, program, option))
        return 0;
    return value.kind == MFALS_REAL ? value.real : value.kind == MFALS_INTEGER ? (double)value.integer : 0;
}

bool program_is_on(const struct program *program, const char *option)
{
    char text[8];
    return mfals_options_get(program->options, option, text, sizeof text) == MFALS_OK &&
           strcmp(text, "yes") == 0;
}
