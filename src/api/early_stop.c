#include "api/early_stop.h"

#include "api/measures.h"
#include "base/number.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* False where text is not METRIC[:PATIENCE]. */
static bool parse(struct early_stop *stop, const char *text)
{
    int64_t length = (int64_t)strcspn(text, ":"), patience = 1;
    *stop = (struct early_stop){0};
    if (length == 0 || length >= (int64_t)sizeof stop->metric)
        return false;
    memcpy(stop->metric, text, (size_t)length);
    if (text[length] == ':' &&
        (!number_parse_int(&patience, text + length + 1, (int64_t)strlen(text + length + 1)) ||
         patience < 1 || patience > INT_MAX))
        return false;
    stop->patience = (int)patience;
    return true;
}

status early_stop_check(const struct settings *settings)
{
    struct early_stop stop;
    struct measures known;
    double value;
    if (settings->early_stop == NULL)
        return MFALS_OK;
    evaluation_measures(&known, &(struct evaluation){0}, &settings->evaluation,
                        settings->solve.algorithm != ALGORITHM_IALS);
    if (!parse(&stop, settings->early_stop))
        return fail(MFALS_USAGE, "--early-stop: '%s' is not METRIC or METRIC:PATIENCE", settings->early_stop);
    if (!measures_find(&value, &known, stop.metric))
        return fail(MFALS_USAGE, "--early-stop: '%s' is no metric of this run; --top %s gives %s and others",
                    stop.metric, settings->tops_text, known.name[1]);
    if (!settings_have_test(settings))
        return fail(MFALS_USAGE, "--early-stop: needs --test, --holdout, --holdout-last or --holdout-users");
    return MFALS_OK;
}

void early_stop_begin(struct early_stop *stop, const struct settings *settings)
{
    *stop = (struct early_stop){0};
    if (settings->early_stop != NULL)
        parse(stop, settings->early_stop);
}

void early_stop_resume(struct early_stop *stop, int best_iteration, double best, int iteration)
{
    stop->best_iteration = best_iteration;
    stop->best = best;
    stop->due = iteration - best_iteration >= stop->patience;
}

bool early_stop_note(struct early_stop *stop, int iteration, double value)
{
    bool is_error = strcmp(stop->metric, "rmse") == 0 || strcmp(stop->metric, "mae") == 0;
    bool better = stop->best_iteration == 0 || (is_error ? value < stop->best : value > stop->best);
    if (better) {
        stop->best = value;
        stop->best_iteration = iteration;
    }
    stop->due = iteration - stop->best_iteration >= stop->patience;
    return better;
}
