#include "parquet/thrift.h"

enum { DEPTH_MAX = 32, VARINT_BYTES = 10 };

static int64_t bytes_left(const struct thrift *in)
{
    return in->end - in->at;
}

static int damage(struct thrift *in)
{
    in->damaged = true;
    in->at = in->end;
    return 0;
}

static int next_byte(struct thrift *in)
{
    return bytes_left(in) > 0 ? *in->at++ : damage(in);
}

static void pass(struct thrift *in, uint64_t bytes)
{
    if (bytes > (uint64_t)bytes_left(in))
        damage(in);
    else
        in->at += bytes;
}

uint64_t thrift_varint(struct thrift *in)
{
    uint64_t value = 0;
    for (int i = 0; i < VARINT_BYTES; i++) {
        uint64_t byte = (uint64_t)next_byte(in);
        value |= (byte & 0x7f) << 7 * i;
        if (byte < 0x80)
            return value;
    }
    return (uint64_t)damage(in);
}

bool thrift_next(struct thrift *in, struct thrift_field *field)
{
    int byte = next_byte(in);
    if (byte == THRIFT_STOP)
        return false;
    int step = byte >> 4, type = byte & 0x0f;
    int64_t id = step != 0 ? field->id + step : thrift_zigzag(thrift_varint(in));
    if (in->damaged || type == THRIFT_STOP || type >= THRIFT_TYPES || id < 0 || id > INT16_MAX)
        return damage(in) != 0;
    *field = (struct thrift_field){.id = (int)id, .type = (enum thrift_type)type};
    return true;
}

int64_t thrift_integer(struct thrift *in, enum thrift_type type)
{
    if (type == THRIFT_I8)
        return (int8_t)next_byte(in);
    if (type != THRIFT_I16 && type != THRIFT_I32 && type != THRIFT_I64)
        return damage(in);
    return thrift_zigzag(thrift_varint(in));
}

bool thrift_bool(struct thrift *in, enum thrift_type type)
{
    if (type != THRIFT_TRUE && type != THRIFT_FALSE)
        damage(in);
    return type == THRIFT_TRUE;
}

const char *thrift_text(struct thrift *in, enum thrift_type type, int64_t *length)
{
    uint64_t bytes = type == THRIFT_BINARY ? thrift_varint(in) : (uint64_t)damage(in);
    const char *text = (const char *)in->at;
    pass(in, bytes);
    *length = in->damaged ? 0 : (int64_t)bytes;
    return text;
}

/* The head of a list: how many elements, and their type. */
static int64_t list_head(struct thrift *in, int *element)
{
    int byte = next_byte(in);
    uint64_t count = byte >> 4 == 15 ? thrift_varint(in) : (uint64_t)byte >> 4;
    *element = byte & 0x0f;
    return in->damaged || count > (uint64_t)bytes_left(in) ? damage(in) : (int64_t)count;
}

int64_t thrift_list(struct thrift *in, enum thrift_type type, enum thrift_type element)
{
    int found;
    if (type != THRIFT_LIST)
        return damage(in);
    int64_t count = list_head(in, &found);
    return count > 0 && found != (int)element ? damage(in) : count;
}

bool thrift_struct(struct thrift *in, enum thrift_type type)
{
    return type == THRIFT_STRUCT || damage(in) != 0;
}

/* What is being passed over: a struct, or elements of a list or map. */
struct level {
    bool is_struct;
    struct thrift_field field;
    int64_t left; /* elements; of a map, keys and values */
    int type[2];  /* of those at odd and even places from the end */
};

static struct level open_map(struct thrift *in)
{
    uint64_t pairs = thrift_varint(in);
    if (pairs == 0)
        return (struct level){0};
    int types = next_byte(in);
    if (pairs > (uint64_t)bytes_left(in)) {
        damage(in);
        return (struct level){0};
    }
    return (struct level){.left = 2 * (int64_t)pairs, .type = {types >> 4, types & 0x0f}};
}

static struct level open_list(struct thrift *in)
{
    int element;
    int64_t count = list_head(in, &element);
    if (count > 0 && element == THRIFT_STOP)
        damage(in);
    return (struct level){.left = count, .type = {element, element}};
}

/* Passes over a value, or opens it as the level `deeper`: true. */
static bool open_value(struct thrift *in, struct level *deeper, int type)
{
    switch (type) {
    case THRIFT_TRUE: /* as an element, a byte; as a field nobody asks */
    case THRIFT_FALSE:
    case THRIFT_I8:
        next_byte(in);
        return false;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        thrift_varint(in);
        return false;
    case THRIFT_DOUBLE:
        pass(in, sizeof(double));
        return false;
    case THRIFT_BINARY:
        pass(in, thrift_varint(in));
        return false;
    case THRIFT_LIST:
    case THRIFT_SET:
        *deeper = open_list(in);
        return true;
    case THRIFT_MAP:
        *deeper = open_map(in);
        return true;
    case THRIFT_STRUCT:
        *deeper = (struct level){.is_struct = true};
        return true;
    default:
        return damage(in) != 0;
    }
}

/* The type of the level's next value; THRIFT_STOP: there is none. */
static int next_type(struct thrift *in, struct level *level)
{
    if (!level->is_struct)
        return level->left > 0 ? level->type[--level->left % 2 == 0] : THRIFT_STOP;
    while (thrift_next(in, &level->field))
        if (level->field.type != THRIFT_TRUE && level->field.type != THRIFT_FALSE)
            return level->field.type;
    return THRIFT_STOP;
}

void thrift_skip(struct thrift *in, enum thrift_type type)
{
    struct level levels[DEPTH_MAX];
    if (type == THRIFT_TRUE || type == THRIFT_FALSE || !open_value(in, &levels[0], type))
        return;
    for (int depth = 1; depth > 0 && !in->damaged;) {
        int next = next_type(in, &levels[depth - 1]);
        if (next == THRIFT_STOP)
            depth--;
        else if (depth == DEPTH_MAX)
            damage(in);
        else
            depth += open_value(in, &levels[depth], next);
    }
}
