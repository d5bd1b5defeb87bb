#include "solve/training_stats_table.h"

#include <string.h>

#define NAMED(figure) .name = #figure, .field = offsetof(struct training_stats, figure)

const struct training_stat_row training_stats_table[] = {
    {NAMED(objective), .implicit_model = true, .explicit_model = true},
    {NAMED(total_loss), .implicit_model = true},
    {NAMED(predict_error), .implicit_model = true},
    {NAMED(confidence_error), .implicit_model = true},
    {NAMED(regularization), .implicit_model = true},
    {NAMED(rmse), .explicit_model = true},
    {NAMED(mae), .explicit_model = true},
};
const int training_stat_count = sizeof training_stats_table / sizeof training_stats_table[0];

bool training_stat_applies(const struct training_stat_row *row, enum algorithm algorithm)
{
    return algorithm == ALGORITHM_IALS ? row->implicit_model : row->explicit_model;
}

double training_stat_value(const struct training_stat_row *row, const struct training_stats *stats)
{
    double value;
    memcpy(&value, (const char *)stats + row->field, sizeof value);
    return value;
}
