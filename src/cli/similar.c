/* mfals similar: the items nearest to one. */
#include "cli/dispatch.h"
#include "cli/screen.h"

#include <stdio.h>

enum mfals_status cmd_similar(struct program *program)
{
    struct mfals_model *model;
    screen_open(program->rank == 0, SCREEN_QUIET); /* stdout is for the list */
    if (program_text(program, "item") == NULL)
        return FAIL(program, MFALS_USAGE, "similar: needs --item ID");
    TRY(mfals_model_open(&model, program->context, program->words[0]));
    enum mfals_status done = mfals_similar_print(model, program->options, stdout);
    mfals_model_free(&model);
    return done;
}
