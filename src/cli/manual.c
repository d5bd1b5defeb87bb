/* Prints a man page, or the completion for bash, from the tables that the help is made of:
 *     manual              mfals(1)
 *     manual COMMAND      mfals-COMMAND(1)
 *     manual --bash       the completion
 * For the build; not installed. */
#include <mfals/mfals.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { GROUPS = 8 };

/* Text that roff takes as it stands. */
static void put_text(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (*c == '\\')
            fputs("\\e", stdout);
        else if (*c == '-')
            fputs("\\-", stdout);
        else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            printf("\\&%c", *c);
        else
            putchar(*c);
}

static void put_head(const char *name, const char *summary)
{
    printf(".TH \"%s\" 1 \"\" \"mfals %s\" \"User Commands\"\n.SH NAME\n%s \\- ", name, MFALS_VERSION, name);
    put_text(summary);
    printf("\n.SH SYNOPSIS\n");
}

static void put_option(const struct mfals_option *row)
{
    printf(".TP\n\\fB");
    if (row->key != 0)
        printf("\\-%c\\fR, \\fB", row->key);
    printf("\\-\\-");
    put_text(row->name);
    printf("\\fR");
    if (row->argument != NULL) {
        printf("=\\fI");
        put_text(row->argument);
        printf("\\fR");
    }
    putchar('\n');
    put_text(row->help);
    if (row->value != NULL) {
        printf(" (default ");
        put_text(row->value);
        putchar(')');
    }
    putchar('\n');
}

static void put_group(const struct mfals_command *command, int group)
{
    struct mfals_option option;
    bool any = false;
    for (int i = 0; mfals_option(&option, command->name, i); i++) {
        if (option.group != group)
            continue;
        if (!any)
            printf(".SS \"%.*s\"\n", (int)strcspn(option.title, ":"), option.title);
        any = true;
        put_option(&option);
    }
}

static void put_command(const struct mfals_command *command)
{
    char name[64];
    snprintf(name, sizeof name, "mfals-%s", command->name);
    put_head(name, command->summary);
    printf("\\fBmfals %s\\fR [\\fIOPTION\\fR...] ", command->name);
    put_text(command->needs);
    put_text(command->words);
    printf("\n.br\n\\fBmpirun \\-np \\fIN\\fB mfals %s\\fR ...\n.SH DESCRIPTION\n", command->name);
    put_text(command->description);
    printf("\n.SH OPTIONS\n");
    for (int group = 1; group <= GROUPS; group++)
        put_group(command, group);
    printf(".SH EXIT STATUS\nThat of\n.BR mfals (1).\n.SH SEE ALSO\n.BR mfals (1)\n");
}

static void put_all(void)
{
    struct mfals_command command;
    put_head("mfals", "recommender factor models on one core or a cluster");
    printf("\\fBmfals\\fR [\\fBtrain\\fR] [\\fIOPTION\\fR...] [\\fIRATINGS\\fR...]\n.br\n"
           "\\fBmfals\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] \\fIFILE\\fR\n.br\n"
           "\\fBmpirun \\-np \\fIN\\fB mfals\\fR ...\n.SH DESCRIPTION\n"
           "Trains factor models by alternating least squares or stochastic gradient descent, evaluates "
           "them, and "
           "recommends. Any number of ranks gives the same model, to the last bit.\n.SH COMMANDS\n");
    for (int i = 0; mfals_command(&command, i); i++) {
        printf(".TP\n.BR mfals\\-%s (1)\n", command.name);
        put_text(command.summary);
        putchar('\n');
    }
    printf(".SH EXIT STATUS\n");
#define PUT_CODE(name, code, text) printf(".TP\n.B %d\n%s\n", code, text);
    MFALS_STATUS_LIST(PUT_CODE)
    printf(".SH ENVIRONMENT\n.TP\n.B MFALS_SAMPLE\nthe ratings to train on where none are named\n");
}

static void put_names(const struct mfals_command *command)
{
    struct mfals_option option;
    printf("    %s) options=\"", command->name);
    for (int i = 0; mfals_option(&option, command->name, i); i++)
        printf("--%s ", option.name);
    printf("\" ;;\n");
}

static void put_choices(const struct mfals_command *command)
{
    struct mfals_option option;
    for (int i = 0; mfals_option(&option, command->name, i); i++) {
        if (option.choices == NULL)
            continue;
        printf("    %s:--%s", command->name, option.name);
        if (option.key != 0)
            printf("|%s:-%c", command->name, option.key);
        printf(") choices=\"");
        for (int c = 0; option.choices[c] != NULL; c++)
            printf("%s ", option.choices[c]);
        printf("\" ;;\n");
    }
}

static void put_commands(const char *between)
{
    struct mfals_command command;
    for (int i = 0; mfals_command(&command, i); i++)
        printf("%s%s", i > 0 ? between : "", command.name);
}

static void put_completion(void)
{
    struct mfals_command command;
    printf("# bash completion for mfals\n_mfals() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=train "
           "options= "
           "choices= i\n"
           "    [[ $before == '=' ]] && before=${COMP_WORDS[COMP_CWORD - 2]}\n"
           "    [[ $word == '=' ]] && before=${COMP_WORDS[COMP_CWORD - 1]} word=\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n        case ${COMP_WORDS[i]} in\n        ");
    put_commands("|");
    printf(") command=${COMP_WORDS[i]}; break ;;\n        esac\n    done\n    case $command in\n");
    for (int i = 0; mfals_command(&command, i); i++)
        put_names(&command);
    printf("    esac\n    case $command:$before in\n");
    for (int i = 0; mfals_command(&command, i); i++)
        put_choices(&command);
    printf("    esac\n    if [[ -n $choices ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$word\")\n"
           "    elif [[ $word == -* ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"$options --help --version\" -- \"$word\")\n"
           "    elif ((COMP_CWORD == 1)); then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"");
    put_commands(" ");
    printf("\" -- \"$word\"; compgen -f -- \"$word\")\n    else\n"
           "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n    fi\n}\n"
           "complete -o filenames -F _mfals mfals\n");
}

int main(int argc, char **argv)
{
    struct mfals_command command;
    int i = 0;
    while (argc > 1 && mfals_command(&command, i) && strcmp(command.name, argv[1]) != 0)
        i++;
    if (argc > 1 && strcmp(argv[1], "--bash") == 0)
        put_completion();
    else if (argc > 1 && mfals_command(&command, i))
        put_command(&command);
    else
        put_all();
    return fflush(stdout) == 0 ? 0 : 74;
}
