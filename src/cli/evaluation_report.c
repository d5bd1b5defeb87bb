#include "cli/evaluation_report.h"

#include "cli/screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 256 };

/* The K of "hr@10", and the length of its name; 0 of a metric without one. */
static int cutoff_of(const char *name, int *length)
{
    *length = (int)strcspn(name, "@");
    return name[*length] == '@' ? atoi(name + *length + 1) : 0;
}

/* Metrics with a cutoff: a line for each, one under another; from metric `first` on. Returns where the next line begins. */
static int print_cutoff(const struct mfals_evaluation *evaluation, int first)
{
    char names[LINE_SIZE] = "", values[LINE_SIZE] = "";
    int length, cutoff = cutoff_of(evaluation->names[first], &length), i = first, end = 0, under = 0;
    for (; i < evaluation->metrics && cutoff_of(evaluation->names[i], &length) == cutoff; i++) {
        end += snprintf(names + end, sizeof names - (size_t)end, " %9.*s", length, evaluation->names[i]);
        under += snprintf(values + under, sizeof values - (size_t)under, "  %8.5f", evaluation->values[i]);
    }
    if (first == 0)
        screen_line("       K%s", names);
    screen_line("%8d%s", cutoff, values);
    return i;
}

/* The kinds of metrics without a cutoff, a line for each. */
enum kind { RANKING, ERRORS, ERRORS_OF_KNOWN };

static enum kind kind_of(const char *name)
{
    if (strcmp(name, "rmse") == 0 || strcmp(name, "mae") == 0)
        return ERRORS;
    return strcmp(name, "rmse_known") == 0 || strcmp(name, "mae_known") == 0 ? ERRORS_OF_KNOWN : RANKING;
}

/* Those of a kind. */
static void print_kind(const struct mfals_evaluation *evaluation, enum kind kind, const char *note)
{
    char line[LINE_SIZE] = "";
    int end = 0, length;
    for (int i = 0; i < evaluation->metrics; i++)
        if (cutoff_of(evaluation->names[i], &length) == 0 && kind_of(evaluation->names[i]) == kind)
            end +=
                snprintf(line + end, sizeof line - (size_t)end, kind == RANKING ? "%s%s %.5f" : "%s%s %.6g",
                         end > 0 ? ", " : "", evaluation->names[i], evaluation->values[i]);
    if (end > 0)
        screen_line("%s%s", line, note);
}

static void print_others(const struct mfals_evaluation *evaluation)
{
    char note[LINE_SIZE];
    print_kind(evaluation, RANKING, "");
    print_kind(evaluation, ERRORS, "");
    if (evaluation->unknown_ratings == 0)
        return;
    snprintf(note, sizeof note,
             " (without %" PRId64 " ratings of users or items that the model does not know)",
             evaluation->unknown_ratings);
    print_kind(evaluation, ERRORS_OF_KNOWN, note);
}

/* What the test items of a user are ranked among. */
static void describe_candidates(char *text, size_t size, const struct program *program)
{
    const char *baseline = program_text(program, "baseline");
    double drawn = program_number(program, "negatives");
    const char *how = baseline != NULL && strcmp(baseline, "popular") == 0 ? "by popularity, " : "";
    if (program_text(program, "candidates") != NULL)
        snprintf(text, size, "%seach among the candidates given", how);
    else if (drawn > 0)
        snprintf(text, size, "%seach among %.0f items drawn at random (all: --negatives 0)", how, drawn);
    else
        snprintf(text, size, "%seach among all items not seen", how);
}

void evaluation_print(const struct program *program, const struct mfals_model *model)
{
    char candidates[96];
    struct mfals_evaluation evaluation;
    mfals_evaluation(&evaluation, model);
    describe_candidates(candidates, sizeof candidates, program);
    screen_line("evaluation: %" PRId64 " ratings of %" PRId64 " users, %s", evaluation.ratings,
                evaluation.users, candidates);
    int next = 0, length;
    while (next < evaluation.metrics && cutoff_of(evaluation.names[next], &length) > 0)
        next = print_cutoff(&evaluation, next);
    print_others(&evaluation);
}

json_t *evaluation_metrics(const struct json_log *log, const struct mfals_model *model)
{
    struct mfals_evaluation evaluation;
    mfals_evaluation(&evaluation, model);
    return json_log_writes(log)
               ? json_log_numbers(json_object(), evaluation.names, evaluation.values, evaluation.metrics)
               : NULL;
}

const char *evaluation_ndcg(double *value, const struct mfals_model *model)
{
    struct mfals_evaluation evaluation;
    mfals_evaluation(&evaluation, model);
    for (int i = 0; i < evaluation.metrics; i++)
        if (strncmp(evaluation.names[i], "ndcg@", 5) == 0) {
            *value = evaluation.values[i];
            return evaluation.names[i];
        }
    return NULL;
}

void evaluation_log(struct json_log *log, const struct mfals_model *model, json_t *popularity)
{
    struct mfals_evaluation evaluation;
    double rmse;
    mfals_evaluation(&evaluation, model);
    if (!json_log_writes(log))
        return;
    json_t *fields = json_pack("{s:I, s:I}", "users", (json_int_t)evaluation.users, "ratings",
                               (json_int_t)evaluation.ratings);
    if (mfals_metric(&rmse, model, "rmse"))
        json_object_set_new(fields, "unknown_ratings", json_integer((json_int_t)evaluation.unknown_ratings));
    if (popularity != NULL)
        json_object_set_new(fields, "popularity", popularity);
    json_log_event(log, "evaluation",
                   json_log_numbers(fields, evaluation.names, evaluation.values, evaluation.metrics));
}
