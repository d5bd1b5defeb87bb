#include "store/model_file.h"

#include "base/memory.h"
#include "base/number.h"
#include "store/names.h"
#include "store/output.h"

int64_t model_side_tables(struct table *tables, const struct model_side *side, int64_t factors,
                          const char *factors_set, const char *bias_set)
{
    const int64_t float_bytes = sizeof(float);
    tables[0] = (struct table){.slab = {factors_set, side->factors, factors * float_bytes,
                                        side->row_floats * float_bytes, side->offsets},
                               .element = ELEMENT_FLOAT32,
                               .columns = factors};
    if (side->bias == NULL)
        return 1;
    tables[1] = (struct table){
        .slab = {bias_set, side->bias, float_bytes, side->bias_step * float_bytes, side->offsets},
        .element = ELEMENT_FLOAT32};
    return 2;
}

/* Returns how many tables there are. */
static int64_t list_tables(struct table *tables, const struct model_file *file)
{
    const int64_t count_bytes = sizeof(int64_t);
    int64_t count = 0;
    for (int s = USERS; s <= ITEMS; s++) {
        const struct model_side *side = &file->side[s];
        count += model_side_tables(tables + count, side, file->factors, factors_name[s], bias_name[s]);
        tables[count++] = ids_table(s, side->ids, side->offsets);
        if (side->counts != NULL)
            tables[count++] =
                (struct table){.slab = {count_name[s], side->counts, count_bytes, count_bytes, side->offsets},
                               .element = ELEMENT_INT64};
    }
    return count;
}

/* Those given, and the global mean. Returns how many there are. */
static int64_t list_attributes(struct attribute *attributes, const struct model_file *file)
{
    int64_t count = 0;
    for (; count < file->attribute_count; count++)
        attributes[count] = file->attributes[count];
    if (file->has_global_mean)
        attributes[count++] =
            (struct attribute){.name = "global_mean", .kind = ATTRIBUTE_REAL, .real = file->global_mean};
    return count;
}

void model_new_file(struct new_file *file, struct table *tables, struct attribute *attributes,
                    const struct model_file *model)
{
    static const char *const groups[] = {"/users", "/items"};
    *file = (struct new_file){.path = model->path,
                              .format = MODEL_FORMAT,
                              .format_version = model->side[USERS].counts != NULL ? MODEL_FORMAT_VERSION
                                                                                  : MODEL_PLAIN_VERSION,
                              .groups = groups,
                              .group_count = 2,
                              .tables = tables,
                              .table_count = list_tables(tables, model),
                              .history = model->history,
                              .history_count = model->history_count,
                              .may_replace = output_check_hdf5,
                              .attributes = attributes,
                              .attribute_count = list_attributes(attributes, model)};
}

status model_file_write(const struct comm *comm, const struct model_file *model)
{
    struct table tables[MODEL_TABLES_MAX];
    struct new_file file;
    scoped struct attribute *attributes = NULL;
    TRY(agree(comm, allocate(&attributes, model->attribute_count + 1)));
    model_new_file(&file, tables, attributes, model);
    return new_file_write(comm, &file);
}
