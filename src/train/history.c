#include "train/history.h"

#include "base/memory.h"
#include "solve/training_stats_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void history_values_of(struct named_values *values, const struct training_stats *stats,
                       enum algorithm algorithm)
{
    *values = (struct named_values){0};
    for (int i = 0; i < training_stat_count; i++)
        if (training_stat_applies(&training_stats_table[i], algorithm))
            named_values_add(values, training_stats_table[i].name,
                             training_stat_value(&training_stats_table[i], stats));
}

status history_open(struct training_history *history, int64_t iterations)
{
    *history = (struct training_history){.capacity = iterations};
    return allocate(&history->values, HISTORY_MAX * iterations);
}

double *history_values(struct training_history *history, const char *name)
{
    int place = 0;
    while (place < history->names && strcmp(history->name[place], name) != 0)
        place++;
    if (place == HISTORY_MAX)
        return NULL;
    double *values = history->values + place * history->capacity;
    if (place == history->names) {
        snprintf(history->name[history->names++], VALUE_NAME_SIZE, "%s", name);
        for (int64_t i = 0; i < history->capacity; i++)
            values[i] = NAN;
    }
    return values;
}

void history_add(struct training_history *history, const struct named_values *values)
{
    for (int i = 0; i < values->count; i++) {
        double *of_name = history_values(history, values->name[i]);
        if (of_name != NULL)
            of_name[history->count] = values->value[i];
    }
    history->count++;
}

static int by_name(const void *a, const void *b)
{
    const struct history *one = a, *other = b;
    return strcmp(one->name, other->name);
}

int history_list(const struct training_history *history, struct history *histories)
{
    for (int i = 0; i < history->names; i++)
        histories[i] = (struct history){.name = history->name[i],
                                        .values = history->values + i * history->capacity,
                                        .count = history->count};
    qsort(histories, (size_t)history->names, sizeof *histories, by_name);
    return history->names;
}

void history_free(struct training_history *history)
{
    memory_free(history->values);
    *history = (struct training_history){0};
}
