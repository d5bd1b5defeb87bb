/* mfals similar: the items nearest to one. */
#include "base/log.h"
#include "base/memory.h"
#include "cli/dispatch.h"
#include "cli/lists.h"
#include "store/model_reader.h"
#include "use/recommend.h"

#include <inttypes.h>

static status list_similar(struct lists *lists, const struct comm *comm, const struct settings *settings,
                           const struct stored_model *model, const struct known_ids *items)
{
    const struct recommend_options options = {
        .top = settings->top, .replica = settings->solve.replica, .kernel = settings->solve.kernel};
    const struct model_view view = view_of_stored(model);
    scoped struct top_entry *entries = NULL;
    int64_t row;
    int filled;
    TRY(ids_find_text(&row, comm, settings->item, items));
    if (row < 0)
        return fail(MFALS_BAD_DATA, "--item: the model has no item '%s'", settings->item);
    TRY(allocate_on_all(comm, &entries, options.top));
    TRY(similar(comm, &view, &row, 1, &options, entries, &filled));
    return agree(comm, comm->rank == 0 ? lists_add(lists, settings->item, entries, filled) : MFALS_OK);
}

status cmd_similar(const struct comm *comm, struct settings *settings)
{
    struct stored_model *model;
    struct item_names names = {0};
    struct lists lists = {.format = LIST_TSV, .names = &names};
    log_open(comm->rank == 0, LOG_QUIET); /* stdout is for the list */
    if (settings->item == NULL)
        return fail(MFALS_USAGE, "similar: needs --item ID");
    TRY(model_file_read(&model, comm, settings->words[0]));
    const struct known_ids items = {&model->side[ITEMS].ids, model->side[ITEMS].offsets};
    status done = item_names_open(&names, comm, &items, settings->titles);
    if (done == MFALS_OK)
        done = list_similar(&lists, comm, settings, model, &items);
    if (done == MFALS_OK)
        done = lists_write(&lists, comm, NULL);
    lists_free(&lists);
    item_names_free(&names);
    stored_model_free(&model);
    return done;
}
