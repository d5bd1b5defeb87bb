#include "solve/train.h"

#include <string.h>

#define NAMED(figure) .name = #figure, .field = offsetof(struct figures, figure)

const struct figure_row figure_table[] = {
    {NAMED(objective), .implicit_model = true, .explicit_model = true},
    {NAMED(total_loss), .implicit_model = true},
    {NAMED(predict_error), .implicit_model = true},
    {NAMED(confidence_error), .implicit_model = true},
    {NAMED(regularization), .implicit_model = true},
    {NAMED(rmse), .explicit_model = true},
    {NAMED(mae), .explicit_model = true},
};
const int figure_count = sizeof figure_table / sizeof figure_table[0];

bool figure_applies(const struct figure_row *row, enum algorithm algorithm)
{
    return algorithm == ALGORITHM_IALS ? row->implicit_model : row->explicit_model;
}

double figure_value(const struct figure_row *row, const struct figures *figures)
{
    double value;
    memcpy(&value, (const char *)figures + row->field, sizeof value);
    return value;
}
