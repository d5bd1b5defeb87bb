#include "options/option_inputs.h"

#include "options/option_values.h"

#include <string.h>

/* Of the flags that set one field the latest counts. */
static void withdraw_others(struct option_inputs *inputs, const struct option_row *flag)
{
    for (int i = 0; i < option_count; i++)
        if (option_table[i].kind == OPTION_FLAG && option_table[i].field == flag->field)
            inputs->text[i] = NULL;
}

status option_give(struct option_inputs *inputs, const struct option_row *option, const char *text)
{
    struct run_config scratch = {.command = inputs->command};
    TRY(option_parse(&scratch, option, text));
    if (option->kind == OPTION_FLAG && (text == NULL || strcmp(text, "no") != 0))
        withdraw_others(inputs, option);
    inputs->text[option - option_table] = text != NULL ? text : "yes";
    return MFALS_OK;
}

bool option_is_given(const struct option_inputs *inputs, const char *name)
{
    const struct option_row *option = option_find(name, inputs->command->bit);
    return option != NULL && inputs->text[option - option_table] != NULL;
}
