/* mfals convert: ratings to HDF5, a model to other formats. */
#include "cli/dispatch.h"
#include "cli/run_header.h"
#include "cli/screen.h"

static enum mfals_status convert_ratings(struct program *program, const char *output)
{
    struct mfals_ratings *ratings;
    int resumes;
    TRY(mfals_prepare(program->options, &resumes));
    TRY(mfals_ratings_read(&ratings, program->options, NULL, 0));
    enum mfals_status done = mfals_ratings_save(ratings, output);
    if (done == MFALS_OK)
        screen_line("wrote %s", output);
    mfals_ratings_free(&ratings);
    return done;
}

static enum mfals_status convert_model(struct program *program, const char *output)
{
    if (program->word_count > 1)
        return FAIL(program, MFALS_USAGE, "convert: a model goes alone");
    return mfals_model_convert(program->context, program->words[0], output);
}

enum mfals_status cmd_convert(struct program *program)
{
    enum mfals_file_kind kind;
    const char *output = program_text(program, "output");
    if (output == NULL)
        return FAIL(program, MFALS_USAGE, "convert: needs --output FILE");
    run_header_tell(program);
    TRY(mfals_file_kind(&kind, program->context, program->words[0]));
    bool is_model = kind == MFALS_FILE_MODEL || kind == MFALS_FILE_CHECKPOINT;
    return is_model ? convert_model(program, output) : convert_ratings(program, output);
}
