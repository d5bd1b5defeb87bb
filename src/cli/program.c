#include "cli/program.h"

#include <link.h>
#include <stdio.h>
#include <string.h>

static bool find(struct mfals_value *value, const struct program *program, const char *option)
{
    for (int i = 0; mfals_options_value(value, program->options, i); i++)
        if (strcmp(value->name, option) == 0)
            return true;
    return false;
}

const char *program_text(const struct program *program, const char *option)
{
    struct mfals_value value;
    return find(&value, program, option) && value.kind == MFALS_TEXT ? value.text : NULL;
}

double program_number(const struct program *program, const char *option)
{
    struct mfals_value value;
    if (!find(&value, program, option))
        return 0;
    return value.kind == MFALS_REAL ? value.real : value.kind == MFALS_INTEGER ? (double)value.integer : 0;
}

bool program_is_on(const struct program *program, const char *option)
{
    char text[8];
    return mfals_options_get(program->options, option, text, sizeof text) == MFALS_OK &&
           strcmp(text, "yes") == 0;
}

/* The linker's build id, in hexadecimal, from a segment of notes. */
static void write_build_id(char *text, size_t size, const char *notes, size_t bytes)
{
    while (bytes >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, notes, sizeof note);
        size_t name_bytes = (note.n_namesz + 3U) & ~(size_t)3,
               value_bytes = (note.n_descsz + 3U) & ~(size_t)3;
        const char *name = notes + sizeof note, *value = name + name_bytes;
        if (sizeof note + name_bytes + value_bytes > bytes)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(name, "GNU", 4) == 0)
            for (size_t i = 0; i < note.n_descsz && 2 * i + 3 <= size; i++)
                snprintf(text + 2 * i, 3, "%02x", (unsigned char)value[i]);
        notes = value + value_bytes;
        bytes -= sizeof note + name_bytes + value_bytes;
    }
}

/* The program itself comes first. */
static int find_build_id(struct dl_phdr_info *object, size_t size, void *text)
{
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_NOTE)
            write_build_id(text, PROGRAM_BUILD_SIZE / 2,
                           (const char *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr),
                           object->dlpi_phdr[i].p_memsz);
    return 1;
}

const char *program_build(char build[PROGRAM_BUILD_SIZE])
{
    const char *name, *version;
    char id[PROGRAM_BUILD_SIZE / 2] = "unknown";
    dl_iterate_phdr(find_build_id, id);
    mfals_component(&name, &version, 0);
    snprintf(build, PROGRAM_BUILD_SIZE, "mfals %s (%.100s), build %s", mfals_version(), version, id);
    return build;
}
