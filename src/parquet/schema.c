#include "parquet/schema.h"

#include "base/memory.h"

enum { CHILDREN_DEPTH_MAX = 64, SCALE_MAX = 18 };
enum { REQUIRED, OPTIONAL, REPEATED };

/* ConvertedType, as the format numbers them, and the fields of the union LogicalType, which came later. */
enum {
    CONVERTED_NONE = -1,
    CONVERTED_UTF8 = 0,
    CONVERTED_ENUM = 4,
    CONVERTED_DECIMAL,
    CONVERTED_DATE,
    CONVERTED_TIME_MILLIS,
    CONVERTED_TIME_MICROS,
    CONVERTED_TIMESTAMP_MILLIS,
    CONVERTED_TIMESTAMP_MICROS,
    CONVERTED_UINT_8,
    CONVERTED_UINT_64 = 14,
    CONVERTED_INT_8,
    CONVERTED_INT_64 = 18,
    CONVERTED_JSON
};
enum {
    LOGICAL_NONE,
    LOGICAL_STRING,
    LOGICAL_ENUM = 4,
    LOGICAL_DECIMAL,
    LOGICAL_DATE,
    LOGICAL_TIME,
    LOGICAL_TIMESTAMP,
    LOGICAL_INTEGER = 10,
    LOGICAL_UNKNOWN,
    LOGICAL_JSON
};

struct element {
    const char *name;
    int64_t name_length, type, repetition, children, converted, scale;
    int logical, time_unit; /* time_unit: 1 milliseconds, 2 microseconds, 3 nanoseconds */
    bool is_unsigned;
};

const char *parquet_type_name(enum parquet_type type)
{
    static const char *const names[PARQUET_TYPES] = {
        "BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};
    return names[type];
}

/* The field that is set of a union of empty structs. */
static int read_union(struct thrift *in, enum thrift_type type)
{
    int set = 0;
    if (!thrift_struct(in, type))
        return 0;
    for (struct thrift_field field = {0}; thrift_next(in, &field);) {
        set = field.id;
        thrift_skip(in, field.type);
    }
    return set;
}

/* DecimalType, TimestampType or IntType: what of them matters. */
static void read_parameters(struct element *element, struct thrift *in, enum thrift_type type)
{
    if (!thrift_struct(in, type))
        return;
    for (struct thrift_field field = {0}; thrift_next(in, &field);) {
        if (element->logical == LOGICAL_DECIMAL && field.id == 1)
            element->scale = thrift_integer(in, field.type);
        else if (element->logical == LOGICAL_TIMESTAMP && field.id == 2)
            element->time_unit = read_union(in, field.type);
        else if (element->logical == LOGICAL_INTEGER && field.id == 2)
            element->is_unsigned = !thrift_bool(in, field.type);
        else
            thrift_skip(in, field.type);
    }
}

static void read_logical(struct element *element, struct thrift *in, enum thrift_type type)
{
    if (!thrift_struct(in, type))
        return;
    for (struct thrift_field field = {0}; thrift_next(in, &field);) {
        element->logical = field.id;
        read_parameters(element, in, field.type);
    }
}

static void read_element(struct element *element, struct thrift *in)
{
    *element = (struct element){.name = "", .type = -1, .converted = CONVERTED_NONE};
    for (struct thrift_field field = {0}; thrift_next(in, &field);)
        switch (field.id) {
        case 1:
            element->type = thrift_integer(in, field.type);
            break;
        case 3:
            element->repetition = thrift_integer(in, field.type);
            break;
        case 4:
            element->name = thrift_text(in, field.type, &element->name_length);
            break;
        case 5:
            element->children = thrift_integer(in, field.type);
            break;
        case 6:
            element->converted = thrift_integer(in, field.type);
            break;
        case 7:
            element->scale = thrift_integer(in, field.type);
            break;
        case 10:
            read_logical(element, in, field.type);
            break;
        default:
            thrift_skip(in, field.type);
        }
    if (element->children < 0 || element->repetition < REQUIRED || element->repetition > REPEATED ||
        (element->children == 0 && (element->type < 0 || element->type >= PARQUET_TYPES)))
        in->damaged = true;
}

static void refuse(struct parquet_column *column, const char *why)
{
    column->kind = PARQUET_REFUSED;
    column->refused = why;
}

static void take_decimal(struct parquet_column *column, const struct element *element)
{
    if (element->scale < 0 || element->scale > SCALE_MAX)
        refuse(column, "is a DECIMAL with more than 18 digits behind the point");
    else if (element->scale > 0)
        column->kind = PARQUET_REAL;
    column->unit = element->scale;
}

static void take_time(struct parquet_column *column, int64_t unit)
{
    column->kind = PARQUET_TIME;
    column->unit = unit;
}

static void take_integer(struct parquet_column *column, const struct element *element)
{
    static const int64_t units[] = {0, 1000, 1000000, 1000000000};
    int64_t converted = element->converted;
    bool wide = column->type == PARQUET_INT64;
    column->kind = PARQUET_INTEGER;
    if (element->logical == LOGICAL_TIMESTAMP && wide && element->time_unit >= 1 && element->time_unit <= 3)
        take_time(column, units[element->time_unit]);
    else if (element->logical == LOGICAL_DECIMAL || (converted == CONVERTED_DECIMAL && element->logical == 0))
        take_decimal(column, element);
    else if (!wide && (element->logical == LOGICAL_DATE || converted == CONVERTED_DATE))
        take_time(column, 0);
    else if (wide && (converted == CONVERTED_TIMESTAMP_MILLIS || converted == CONVERTED_TIMESTAMP_MICROS))
        take_time(column, units[converted - CONVERTED_TIMESTAMP_MILLIS + 1]);
    else if (element->is_unsigned || (converted >= CONVERTED_UINT_8 && converted <= CONVERTED_UINT_64))
        column->kind = PARQUET_UNSIGNED;
    else if (element->logical == LOGICAL_TIME || converted == CONVERTED_TIME_MILLIS ||
             converted == CONVERTED_TIME_MICROS)
        refuse(column, "is a time of day");
    else if ((element->logical != LOGICAL_NONE && element->logical != LOGICAL_INTEGER &&
              element->logical != LOGICAL_UNKNOWN) ||
             (converted != CONVERTED_NONE && (converted < CONVERTED_INT_8 || converted > CONVERTED_INT_64)))
        refuse(column, "is of a logical type that mfals does not know");
}

static void take_bytes(struct parquet_column *column, const struct element *element)
{
    int64_t converted = element->converted;
    bool is_text = element->logical == LOGICAL_STRING || element->logical == LOGICAL_ENUM ||
                   element->logical == LOGICAL_JSON || element->logical == LOGICAL_UNKNOWN;
    if (element->logical == LOGICAL_NONE)
        is_text = converted == CONVERTED_NONE || converted == CONVERTED_UTF8 || converted == CONVERTED_ENUM ||
                  converted == CONVERTED_JSON;
    column->kind = PARQUET_TEXT;
    if (element->logical == LOGICAL_DECIMAL || converted == CONVERTED_DECIMAL)
        refuse(column, "is a DECIMAL in BYTE_ARRAY, which is read as DOUBLE or INT64 alone");
    else if (!is_text)
        refuse(column, "is a BYTE_ARRAY of a logical type that mfals does not know");
}

/* What the values of a column without fields of its own are. */
static void take_type(struct parquet_column *column, const struct element *element)
{
    column->type = (enum parquet_type)element->type;
    column->optional = element->repetition == OPTIONAL;
    switch (column->type) {
    case PARQUET_BOOLEAN:
        column->kind = PARQUET_BOOL;
        break;
    case PARQUET_INT32:
    case PARQUET_INT64:
        take_integer(column, element);
        break;
    case PARQUET_INT96:
        take_time(column, 0);
        break;
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE:
        column->kind = PARQUET_REAL;
        break;
    case PARQUET_BYTE_ARRAY:
        take_bytes(column, element);
        break;
    default:
        refuse(column, element->logical == LOGICAL_DECIMAL || element->converted == CONVERTED_DECIMAL
                           ? "is a DECIMAL in FIXED_LEN_BYTE_ARRAY, which is read as DOUBLE or INT64 alone"
                           : "is of type FIXED_LEN_BYTE_ARRAY");
    }
    if (element->repetition == REPEATED)
        refuse(column, "is nested: a list in each row");
}

/* Elements that are still to come, of those below one another. */
struct walk {
    int64_t left[CHILDREN_DEPTH_MAX];
    int depth;
};

/* Takes down the next element, one of a top-level field or below it. */
static bool take_element(struct parquet_schema *schema, struct walk *walk, const struct element *element)
{
    while (walk->depth > 0 && walk->left[walk->depth - 1] == 0)
        walk->depth--;
    if (walk->depth == 0)
        return false;
    walk->left[walk->depth - 1]--;
    if (walk->depth == 1) {
        struct parquet_column *column = &schema->columns[schema->column_count++];
        *column = (struct parquet_column){
            .name = element->name, .name_length = element->name_length, .leaf = schema->leaf_count};
        if (element->children > 0)
            refuse(column, "is nested: it has columns of its own");
        else
            take_type(column, element);
    }
    if (element->children == 0) {
        schema->leaf_types[schema->leaf_count++] = (enum parquet_type)element->type;
        return true;
    }
    if (walk->depth == CHILDREN_DEPTH_MAX)
        return false;
    walk->left[walk->depth++] = element->children;
    return true;
}

status parquet_schema_read(struct parquet_schema *schema, struct thrift *in, enum thrift_type type)
{
    static const char damaged[] = "the schema is damaged";
    struct element element;
    int64_t count = thrift_list(in, type, THRIFT_STRUCT);
    if (schema->columns != NULL || count < 1 || count > INT32_MAX)
        return fail(MFALS_BAD_DATA, damaged);
    TRY(allocate(&schema->columns, count));
    TRY(allocate(&schema->leaf_types, count));
    read_element(&element, in); /* the root, which stands for the row */
    struct walk walk = {.left = {element.children}, .depth = 1};
    for (int64_t i = 1; i < count && !in->damaged; i++) {
        read_element(&element, in);
        if (in->damaged || !take_element(schema, &walk, &element))
            return fail(MFALS_BAD_DATA, damaged);
    }
    while (walk.depth > 0 && walk.left[walk.depth - 1] == 0)
        walk.depth--;
    return in->damaged || walk.depth > 0 ? fail(MFALS_BAD_DATA, damaged) : MFALS_OK;
}

void parquet_schema_free(struct parquet_schema *schema)
{
    memory_free(schema->columns);
    memory_free(schema->leaf_types);
    *schema = (struct parquet_schema){0};
}
