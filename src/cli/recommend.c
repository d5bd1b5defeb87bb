/* mfals recommend: the best unseen items for users. */
#include "cli/dispatch.h"
#include "cli/run_header.h"
#include "cli/screen.h"

#include <stdio.h>

enum mfals_status cmd_recommend(struct program *program)
{
    struct mfals_model *model;
    int resumes;
    const char *output = program_text(program, "output");
    if (output == NULL)
        screen_leave_stdout();
    else
        run_header_tell(program);
    TRY(mfals_prepare(program->options, &resumes)); /* before the model is read */
    TRY(mfals_model_open(&model, program->context, program->words[0]));
    enum mfals_status done = output != NULL ? mfals_recommend_save(model, program->options, output)
                                            : mfals_recommend_print(model, program->options, stdout);
    mfals_model_free(&model);
    if (done == MFALS_OK && output != NULL)
        screen_line("wrote %s", output);
    return done;
}
