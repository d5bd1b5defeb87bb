/* mfals info, mfals check: what a file holds, and whether it is sound. */
#include "cli/dispatch.h"
#include "cli/screen.h"

#include <inttypes.h>

static void print_info(const char *path, const struct mfals_file_info *info)
{
    char number[MFALS_NUMBER_SIZE];
    screen_line("%s: %s, version %" PRId64 ", %" PRId64 " bytes%s", path, info->format, info->version,
                info->bytes, info->complete ? "" : ", NOT COMPLETE");
    screen_line("  %-20s %" PRId64, "users", info->users);
    if (info->items > 0)
        screen_line("  %-20s %" PRId64, "items", info->items);
    if (info->kind == MFALS_FILE_RATINGS)
        screen_line("  %-20s %" PRId64, "ratings", info->ratings);
    for (int i = 0; i < info->attributes; i++)
        screen_line("  %-20s %s", info->attribute[i].name, mfals_value_text(&info->attribute[i], number));
    if (info->stats > 0)
        screen_line("after iteration %" PRId64 ":", info->iterations);
    for (int i = 0; i < info->stats; i++)
        screen_line("  %-20s %.9g", info->stat[i].name, info->stat[i].real);
}

enum mfals_status cmd_info(struct program *program)
{
    struct mfals_file *file;
    TRY(mfals_file_read(&file, program->context, program->words[0]));
    print_info(program->words[0], mfals_file_info(file));
    mfals_file_free(&file);
    return MFALS_OK;
}

enum mfals_status cmd_check(struct program *program)
{
    struct mfals_verification sound;
    TRY(mfals_file_check(&sound, program->context, program->words[0]));
    screen_line("%s: sound; %" PRId64 " rows, %" PRId64 " bytes of data%s", program->words[0], sound.rows,
                sound.bytes, sound.has_digest ? ", digest as written" : "; it has no digest to compare");
    return MFALS_OK;
}
