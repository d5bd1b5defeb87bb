#include "sample_tables.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sample_path(char path[SAMPLE_PATH], const char *name)
{
    snprintf(path, SAMPLE_PATH, "%s/%.100s", SAMPLES, name);
}

bool sample_table_read(struct sample_table *table, const char *name)
{
    char file_name[SAMPLE_PATH], path[SAMPLE_PATH];
    snprintf(file_name, sizeof file_name, "%.*s.tsv", (int)strcspn(name, "-"), name);
    sample_path(path, file_name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    size_t length = fread(table->text, 1, sizeof table->text - 1, file);
    fclose(file);
    table->text[length] = '\0';
    table->columns = 0;
    table->rows = -1;
    char *rest = table->text, *line;
    for (; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; table->rows++) {
        char *cell;
        for (table->columns = 0; (cell = strsep(&line, "\t")) != NULL; table->columns++)
            *(table->rows < 0 ? &table->name[table->columns] : &table->cell[table->columns][table->rows]) =
                cell;
    }
    return table->rows > 0 && length + 1 < sizeof table->text;
}

int sample_column(const struct sample_table *table, const char *name)
{
    for (int c = 0; c < table->columns; c++)
        if (strcmp(table->name[c], name) == 0)
            return c;
    return -1;
}

bool sample_is_null(const char *cell)
{
    return strcmp(cell, "\\N") == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int sample_each(void (*check)(const char *name), bool all)
{
    char *names[200];
    int count = 0;
    DIR *folder = opendir(SAMPLES);
    if (folder == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        bool aside = strncmp(entry->d_name, "refused", 7) == 0 || strncmp(entry->d_name, "unwanted", 8) == 0;
        if (strstr(entry->d_name, ".parquet") != NULL && (all || !aside) && count < 200)
            names[count++] = strdup(entry->d_name);
    }
    closedir(folder);
    qsort(names, (size_t)count, sizeof *names, compare_names); /* the same order on all ranks */
    for (int i = 0; i < count; i++) {
        check(names[i]);
        free(names[i]);
    }
    return count;
}
