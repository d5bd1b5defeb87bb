/* mfals evaluate: a model and test ratings in, metrics out. */
#include "cli/dispatch.h"
#include "cli/evaluation_report.h"
#include "cli/run_header.h"

static enum mfals_status evaluate(struct program *program, struct json_log *log)
{
    struct mfals_model *model;
    TRY(mfals_model_open(&model, program->context, program->words[0]));
    enum mfals_status done = mfals_evaluate(model, program->options);
    if (done == MFALS_OK) {
        evaluation_print(program, model);
        evaluation_log(log, model, NULL);
    }
    mfals_model_free(&model);
    return done;
}

enum mfals_status cmd_evaluate(struct program *program)
{
    struct json_log *log;
    struct run_header header;
    if (program_text(program, "test") == NULL)
        return FAIL(program, MFALS_USAGE, "evaluate: needs --test FILE");
    TRY(json_log_open(&log, program, false));
    run_header_open(&header, program);
    run_header_log(&header, log);
    run_header_close(&header);
    enum mfals_status done = evaluate(program, log);
    json_log_stop(log, done, -1);
    return json_log_end(&log, done);
}
