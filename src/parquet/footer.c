#include "parquet/footer.h"

#include "base/memory.h"

/* Of all files: sums of rows and of bytes stay far from the end of 64 bits. */
static const int64_t most_rows = (int64_t)1 << 44;

static void read_chunk_data(struct parquet_chunk *chunk, struct thrift *in)
{
    int64_t type = -1, data = 0, dictionary = 0, bytes = 0;
    for (struct thrift_field field = {0}; thrift_next(in, &field);)
        switch (field.id) {
        case 1:
            type = thrift_integer(in, field.type);
            break;
        case 4:
            chunk->codec = thrift_integer(in, field.type);
            break;
        case 5:
            chunk->values = thrift_integer(in, field.type);
            break;
        case 7:
            bytes = thrift_integer(in, field.type);
            break;
        case 9:
            data = thrift_integer(in, field.type);
            break;
        case 11:
            dictionary = thrift_integer(in, field.type);
            break;
        default:
            thrift_skip(in, field.type);
        }
    chunk->begin = dictionary > 0 && dictionary < data ? dictionary : data;
    if (type < 0 || type >= PARQUET_TYPES || __builtin_add_overflow(chunk->begin, bytes, &chunk->end))
        in->damaged = true;
    else
        chunk->type = (enum parquet_type)type;
}

static void read_chunk(struct parquet_chunk *chunk, struct thrift *in)
{
    bool described = false;
    *chunk = (struct parquet_chunk){0};
    for (struct thrift_field field = {0}; thrift_next(in, &field);) {
        if (field.id == 3 && thrift_struct(in, field.type)) {
            read_chunk_data(chunk, in);
            described = true;
            continue;
        }
        if (field.id == 1)
            chunk->refused = "lies in another file";
        if (field.id == 8)
            chunk->refused = "is encrypted";
        thrift_skip(in, field.type);
    }
    if (!described && chunk->refused == NULL)
        chunk->refused = "is not described in the footer";
}

static status read_chunks(struct parquet_file *file, struct thrift *in, enum thrift_type type)
{
    int64_t leaves = file->schema.leaf_count, first = file->group_count * leaves;
    if (leaves == 0 || thrift_list(in, type, THRIFT_STRUCT) != leaves)
        return fail(MFALS_BAD_DATA, "a row group has more or fewer columns than the schema");
    TRY(memory_grow(&file->chunks, &file->chunk_capacity, first + leaves, sizeof *file->chunks));
    for (int64_t i = 0; i < leaves && !in->damaged; i++)
        read_chunk(&file->chunks[first + i], in);
    return MFALS_OK;
}

/* What is said of a group's chunks must fit: the file, before the footer, and the schema. */
static status check_chunks(const struct parquet_file *file, int64_t footer, int64_t rows)
{
    const struct parquet_schema *schema = &file->schema;
    for (int leaf = 0; leaf < schema->leaf_count; leaf++) {
        struct parquet_chunk *chunk = &file->chunks[file->group_count * schema->leaf_count + leaf];
        if (chunk->refused == NULL &&
            (chunk->begin < PARQUET_MAGIC_BYTES || chunk->end < chunk->begin || chunk->end > footer))
            return fail(MFALS_BAD_DATA, "a column lies outside of the file");
        if (chunk->refused == NULL && chunk->type != schema->leaf_types[leaf])
            return fail(MFALS_BAD_DATA, "a column is of another type than the schema says");
        if (chunk->refused == NULL && chunk->values != rows) /* so it may be where it is nested */
            chunk->refused = "has more or fewer values than there are rows";
    }
    return MFALS_OK;
}

static status read_group(struct parquet_file *file, struct thrift *in, int64_t footer)
{
    struct parquet_group group = {.rows = -1, .first_row = file->rows};
    bool has_chunks = false;
    for (struct thrift_field field = {0}; thrift_next(in, &field);)
        if (field.id == 1 && !has_chunks) {
            TRY(read_chunks(file, in, field.type));
            has_chunks = true;
        } else if (field.id == 3) {
            group.rows = thrift_integer(in, field.type);
        } else {
            thrift_skip(in, field.type);
        }
    if (in->damaged || !has_chunks || group.rows < 0 || group.rows > most_rows - file->rows)
        return fail(MFALS_BAD_DATA, "a row group is damaged");
    TRY(check_chunks(file, footer, group.rows));
    TRY(memory_grow(&file->groups, &file->group_capacity, file->group_count + 1, sizeof *file->groups));
    file->groups[file->group_count++] = group;
    file->rows += group.rows;
    return MFALS_OK;
}

static status read_groups(struct parquet_file *file, struct thrift *in, enum thrift_type type, int64_t footer)
{
    int64_t count = thrift_list(in, type, THRIFT_STRUCT);
    for (int64_t i = 0; i < count; i++)
        TRY(read_group(file, in, footer));
    return MFALS_OK;
}

status parquet_footer_read(struct parquet_file *file, int64_t length)
{
    struct thrift in = {file->footer, file->footer + length, false};
    int64_t rows = -1, begin = file->size - length - 8;
    for (struct thrift_field field = {0}; thrift_next(&in, &field);)
        switch (field.id) {
        case 2:
            TRY(parquet_schema_read(&file->schema, &in, field.type));
            break;
        case 3:
            rows = thrift_integer(&in, field.type);
            break;
        case 4: /* behind the schema, as fields are written in their order */
            TRY(read_groups(file, &in, field.type, begin));
            break;
        default:
            thrift_skip(&in, field.type);
        }
    if (in.damaged || file->schema.columns == NULL)
        return fail(MFALS_BAD_DATA, "its footer is damaged");
    if (rows != file->rows)
        return fail(MFALS_BAD_DATA, "it is said to have other than the %lld rows of its row groups",
                    (long long)file->rows);
    return MFALS_OK;
}
