#include "solve/train.h"

#include <string.h>

#define FIGURE(name, implicit, explicit) {#name, offsetof(struct figures, name), implicit, explicit}

const struct figure_row figure_table[] = {
    FIGURE(objective, true, true),         FIGURE(total_loss, true, false),     FIGURE(predict_error, true, false),
    FIGURE(confidence_error, true, false), FIGURE(regularization, true, false), FIGURE(rmse, false, true),
    FIGURE(mae, false, true),
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
