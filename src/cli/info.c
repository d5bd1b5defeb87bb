/* mfals info, mfals check: what a file holds, and whether it is sound. */
#include "cli/dispatch.h"
#include "cli/screen.h"

#include <inttypes.h>

static void print_facts(const char *path, const struct mfals_file_info *facts)
{
    char number[MFALS_NUMBER_SIZE];
    screen_line("%s: %s, version %" PRId64 ", %" PRId64 " bytes%s", path, facts->format, facts->version,
                facts->bytes, facts->complete ? "" : ", NOT COMPLETE");
    screen_line("  %-20s %" PRId64, "users", facts->users);
    if (facts->items > 0)
        screen_line("  %-20s %" PRId64, "items", facts->items);
    if (facts->kind == MFALS_FILE_RATINGS)
        screen_line("  %-20s %" PRId64, "ratings", facts->ratings);
    for (int i = 0; i < facts->attributes; i++)
        screen_line("  %-20s %s", facts->attribute[i].name, mfals_value_text(&facts->attribute[i], number));
    if (facts->figures > 0)
        screen_line("after iteration %" PRId64 ":", facts->iterations);
    for (int i = 0; i < facts->figures; i++)
        screen_line("  %-20s %.9g", facts->figure[i].name, facts->figure[i].real);
}

enum mfals_status cmd_info(struct program *program)
{
    struct mfals_file *file;
    TRY(mfals_file_read(&file, program->context, program->words[0]));
    print_facts(program->words[0], mfals_file_info(file));
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
