#include "api/measures.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void measures_add(struct measures *measures, const char *name, double value)
{
    snprintf(measures->name[measures->count], MEASURE_NAME_SIZE, "%s", name);
    measures->value[measures->count++] = value;
}

void measures_take(struct measures *measures, const struct figures *figures, enum algorithm algorithm)
{
    *measures = (struct measures){0};
    for (int i = 0; i < figure_count; i++)
        if (figure_applies(&figure_table[i], algorithm))
            measures_add(measures, figure_table[i].name, figure_value(&figure_table[i], figures));
}

enum { KINDS = 5 };
static const char *const kind_name[KINDS] = {"hr", "ndcg", "recall", "precision", "map"};

static double value_at(const struct evaluation *evaluation, int kind, int t)
{
    const struct metrics *mean = &evaluation->mean;
    const double *const values[KINDS] = {mean->hr, mean->ndcg, mean->recall, mean->precision, mean->map};
    return values[kind][t];
}

void evaluation_measures(struct measures *measures, const struct evaluation *evaluation,
                         const struct evaluation_options *options, bool explicit_model)
{
    *measures = (struct measures){0};
    for (int t = 0; t < options->top_count; t++)
        for (int kind = 0; kind < KINDS; kind++) {
            char name[MEASURE_NAME_SIZE];
            snprintf(name, sizeof name, "%s@%d", kind_name[kind], options->tops[t]);
            measures_add(measures, name, value_at(evaluation, kind, t));
        }
    measures_add(measures, "mrr", evaluation->mean.mrr);
    measures_add(measures, "auc", evaluation->mean.auc);
    if (explicit_model) {
        measures_add(measures, "rmse", evaluation->rmse);
        measures_add(measures, "mae", evaluation->mae);
    }
}

bool measures_find(double *value, const struct measures *measures, const char *name)
{
    for (int i = 0; i < measures->count; i++)
        if (strcmp(measures->name[i], name) == 0) {
            *value = measures->value[i];
            return true;
        }
    return false;
}

status figure_history_open(struct figure_history *history, int64_t iterations)
{
    *history = (struct figure_history){.capacity = iterations};
    return allocate(&history->values, HISTORY_MAX * iterations);
}

double *figure_history_values(struct figure_history *history, const char *name)
{
    int place = 0;
    while (place < history->names && strcmp(history->name[place], name) != 0)
        place++;
    if (place == HISTORY_MAX)
        return NULL;
    double *values = history->values + place * history->capacity;
    if (place == history->names) {
        snprintf(history->name[history->names++], MEASURE_NAME_SIZE, "%s", name);
        for (int64_t i = 0; i < history->capacity; i++)
            values[i] = NAN;
    }
    return values;
}

void figure_history_add(struct figure_history *history, const struct measures *measures)
{
    for (int i = 0; i < measures->count; i++) {
        double *values = figure_history_values(history, measures->name[i]);
        if (values != NULL)
            values[history->count] = measures->value[i];
    }
    history->count++;
}

static int by_name(const void *a, const void *b)
{
    const struct history *one = a, *other = b;
    return strcmp(one->name, other->name);
}

int figure_history_list(const struct figure_history *history, struct history *histories)
{
    for (int i = 0; i < history->names; i++)
        histories[i] = (struct history){.name = history->name[i],
                                        .values = history->values + i * history->capacity,
                                        .count = history->count};
    qsort(histories, (size_t)history->names, sizeof *histories, by_name);
    return history->names;
}

void figure_history_free(struct figure_history *history)
{
    memory_free(history->values);
    *history = (struct figure_history){0};
}
