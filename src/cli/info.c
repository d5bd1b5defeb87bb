/* mfals info, mfals check: what a file holds, and whether it is sound. */
#include "api/settings.h"
#include "base/log.h"
#include "cli/dispatch.h"
#include "store/inspect.h"

#include <inttypes.h>

static void print_attribute(const struct attribute *attribute)
{
    switch (attribute->kind) {
    case ATTRIBUTE_TEXT:
        log_line("  %-20s %s", attribute->name, attribute->text);
        break;
    case ATTRIBUTE_INTEGER:
        log_line("  %-20s %" PRId64, attribute->name, attribute->integer);
        break;
    case ATTRIBUTE_REAL:
        log_line("  %-20s %.15g", attribute->name, attribute->real);
        break;
    }
}

static void print_summary(const char *path, const struct summary *summary)
{
    const struct header *header = &summary->header;
    log_line("%s: %s, version %" PRId64 ", %" PRId64 " bytes%s", path, header->format, header->format_version,
             header->file_bytes, header->complete ? "" : ", NOT COMPLETE");
    log_line("  %-20s %" PRId64, "users", summary->users);
    log_line("  %-20s %" PRId64, "items", summary->items);
    if (summary->kind == FILE_RATINGS)
        log_line("  %-20s %" PRId64, "ratings", summary->ratings);
    for (int i = 0; i < header->attribute_count; i++) {
        struct attribute attribute = header_nth_attribute(header, i);
        print_attribute(&attribute);
    }
    if (summary->figure_count > 0)
        log_line("after iteration %" PRId64 ":", summary->iterations);
    for (int i = 0; i < summary->figure_count; i++)
        log_line("  %-20s %.9g", summary->figures[i].name, summary->figures[i].last);
}

status cmd_info(const struct comm *comm, struct settings *settings)
{
    scoped struct summary *summary = NULL;
    TRY(inspect_file(&summary, comm, settings->words[0]));
    print_summary(settings->words[0], summary);
    return MFALS_OK;
}

status cmd_check(const struct comm *comm, struct settings *settings)
{
    struct soundness soundness;
    TRY(check_file(&soundness, comm, settings->words[0]));
    log_line("%s: sound; %" PRId64 " rows, %" PRId64 " bytes of data%s", settings->words[0], soundness.rows,
             soundness.bytes, soundness.has_digest ? ", digest as written" : "; it has no digest to compare");
    return MFALS_OK;
}
