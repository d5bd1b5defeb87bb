#include "cli/measures.h"

#include "base/memory.h"

#include <stdio.h>
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

void figure_history_add(struct figure_history *history, const struct measures *measures)
{
    for (int i = 0; i < measures->count; i++)
        history->values[i * history->capacity + history->count] = measures->value[i];
    history->last = *measures;
    history->count++;
}

int figure_history_list(const struct figure_history *history, struct history *histories)
{
    for (int i = 0; i < history->last.count; i++)
        histories[i] = (struct history){.name = history->last.name[i],
                                        .values = history->values + i * history->capacity,
                                        .count = history->count};
    return history->last.count;
}

void figure_history_free(struct figure_history *history)
{
    memory_free(history->values);
    *history = (struct figure_history){0};
}
