#include "store/export.h"

#include "base/advance.h"
#include "base/log.h"
#include "base/number.h"
#include "base/watchdog.h"
#include "store/plain_file.h"

#include <stdio.h>
#include <string.h>

/* A number: tab, sign, digit, point, 8 digits, exponent of 4. */
enum { NUMBER_SIZE = 20, SIDES = 2 };

/* Row i of a side as a line; returns its length. line: room for line_size bytes. */
static int64_t write_line(char *line, const struct stored_model *model, enum side s, int64_t i)
{
    const struct stored_side *side = &model->side[s];
    const float *row = side->factors + i * model->row_floats + model->padding;
    char *end = line;
    memcpy(end, s == USERS ? "user\t" : "item\t", 5);
    ids_text(&side->ids, i, end + 5);
    end += strlen(end + 5) + 5;
    if (side->bias != NULL)
        end += snprintf(end, NUMBER_SIZE, "\t%.9g", (double)side->bias[i]);
    for (int j = 0; j < model->factors; j++)
        end += snprintf(end, NUMBER_SIZE, "\t%.9g", (double)row[j]);
    *end++ = '\n';
    return end - line;
}

static int64_t line_size(const struct stored_model *model)
{
    return 8 + ID_MAX_BYTES + (int64_t)(model->factors + 1) * NUMBER_SIZE;
}

/* Writes this rank's lines of a side from `offset` on; without a file, only adds up their length. */
static status write_lines(int64_t *length, const struct plain_file *file, int64_t offset,
                          const struct stored_model *model, enum side side)
{
    const int64_t room = number_max((int64_t)1 << 20, line_size(model));
    scoped char *text = NULL;
    int64_t filled = 0, told = 0;
    TRY(allocate_raw(&text, room));
    *length = 0;
    for (int64_t i = 0; i < model->side[side].ids.count; i++) {
        watchdog_note();
        filled += write_line(text + filled, model, side, i);
        if (room - filled >= line_size(model) && i + 1 < model->side[side].ids.count)
            continue;
        if (file != NULL)
            TRY(plain_file_write(file, offset + *length, text, filled));
        *length += filled;
        filled = 0;
        advance_by(i + 1 - told);
        told = i + 1;
    }
    return MFALS_OK;
}

static void begin_to_advance(const char *doing, const struct comm *comm, const struct stored_model *model)
{
    int64_t mine = 0, all = 0;
    for (int side = USERS; side <= ITEMS; side++) {
        mine += model->side[side].ids.count;
        all += model->side[side].offsets[comm->size];
    }
    advance_begin(doing, "rows", mine, all);
}

static status measure(int64_t lengths[SIDES], const struct stored_model *model)
{
    for (int side = USERS; side <= ITEMS; side++)
        TRY(write_lines(&lengths[side], NULL, 0, model, side));
    return MFALS_OK;
}

static status write_share(const struct plain_file *file, const int64_t starts[SIDES],
                          const struct stored_model *model)
{
    int64_t length;
    for (int side = USERS; side <= ITEMS; side++)
        TRY(write_lines(&length, file, starts[side], model, side));
    return MFALS_OK;
}

status export_text(const struct comm *comm, const char *path, const struct stored_model *model)
{
    int64_t lengths[SIDES] = {0}, totals[SIDES], starts[SIDES];
    struct plain_file file;
    begin_to_advance("formatting", comm, model);
    TRY(agree(comm, measure(lengths, model)));
    for (int side = USERS; side <= ITEMS; side++) {
        starts[side] = comm_sum_before(comm, lengths[side]);
        totals[side] = lengths[side];
    }
    comm_sum_int(comm, totals, SIDES);
    starts[ITEMS] += totals[USERS];
    begin_to_advance("writing", comm, model);
    status done = plain_file_open(&file, comm, path, totals[USERS] + totals[ITEMS]);
    if (done == MFALS_OK)
        done = agree(comm, write_share(&file, starts, model));
    advance_end();
    done = plain_file_close(&file, done);
    if (done == MFALS_OK)
        log_line("wrote %s", path);
    return done;
}
