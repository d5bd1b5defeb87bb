/* cli/placement.h: what the processors of a host's ranks mean, on an invented machine of two sockets with two cores of two
 * threads each; processors 0 to 3 are the cores' first threads, 4 to 7 their second ones. */
#include "cli/placement.h"
#include "ranks.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CPUS = 8, MOST_RANKS = 9 };

static char folder[64];

static int write_file(int cpu, const char *name, const char *format, int number)
{
    char path[160];
    snprintf(path, sizeof path, "%s/cpu/cpu%d/topology/%s", folder, cpu, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return 0;
    fprintf(file, format, number);
    return fclose(file) == 0;
}

static void make_folder(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void make_folder(const char *format, ...)
{
    char path[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
}

static void make_machine(void)
{
    ranks_new_folder(folder, sizeof folder);
    make_folder("%s/cpu", folder);
    for (int cpu = 0; cpu < CPUS; cpu++) {
        int core = cpu % 4, socket = core / 2;
        make_folder("%s/cpu/cpu%d", folder, cpu);
        make_folder("%s/cpu/cpu%d/topology", folder, cpu);
        make_folder("%s/cpu/cpu%d/node%d", folder, cpu, socket);
        CU_ASSERT(write_file(cpu, "thread_siblings_list", "%d", core)); /* and, behind a comma, the other */
        CU_ASSERT(write_file(cpu, "physical_package_id", "%d\n", socket));
    }
}

static int remove_entry(const char *path, const struct stat *of, int kind, struct FTW *place)
{
    (void)of, (void)kind, (void)place;
    return remove(path);
}

/* masks: bit c of each says that the rank may run on processor c. */
static struct placement_host judge(int ranks, const unsigned *masks)
{
    struct cpu_set_of_rank sets[MOST_RANKS] = {0};
    struct placement_host host = {.ranks = ranks};
    for (int r = 0; r < ranks; r++)
        sets[r].word[0] = masks[r];
    placement_judge(&host, sets, ranks, folder);
    return host;
}

static void test_bound(void)
{
    struct placement_host host = judge(4, (unsigned[]){0x11, 0x22, 0x44, 0x88}); /* a core each */
    CU_ASSERT_EQUAL(host.cores, 4);
    CU_ASSERT_EQUAL(host.fewest_cores, 1);
    CU_ASSERT_EQUAL(host.most_cores, 1);
    CU_ASSERT_EQUAL(host.crowded, 0);
    CU_ASSERT_EQUAL(host.wandering, 0);
    host = judge(2, (unsigned[]){0x33, 0xcc}); /* a socket each */
    CU_ASSERT_EQUAL(host.most_cores, 2);
    CU_ASSERT_EQUAL(host.crowded + host.wandering, 0);
}

static void test_crowded(void)
{
    CU_ASSERT_EQUAL(judge(2, (unsigned[]){0x01, 0x10}).crowded, 2);       /* two threads of a core */
    CU_ASSERT_EQUAL(judge(3, (unsigned[]){0x11, 0x22, 0x11}).crowded, 2); /* the same core twice */
    CU_ASSERT_EQUAL(judge(3, (unsigned[]){0x33, 0x33, 0x33}).crowded, 3); /* three on two cores */
    CU_ASSERT_EQUAL(judge(3, (unsigned[]){0x33, 0x33, 0xff}).crowded, 0); /* the third has room elsewhere */
    CU_ASSERT_EQUAL(judge(4, (unsigned[]){0xff, 0xff, 0xff, 0xff}).crowded,
                    0); /* unbound, as many as cores */
    CU_ASSERT_EQUAL(judge(5, (unsigned[]){0xff, 0xff, 0xff, 0xff, 0xff}).crowded, 5);
}

static void test_wandering(void)
{
    struct placement_host host = judge(3, (unsigned[]){0xff, 0x33, 0x06}); /* all; a socket; a core of each */
    CU_ASSERT_EQUAL(host.wandering, 2);
    CU_ASSERT_EQUAL(host.parts, 2);
    CU_ASSERT_EQUAL(host.fewest_cores, 2);
    CU_ASSERT_EQUAL(host.most_cores, 4);
}

/* Where the system tells nothing, each processor is a core, and nothing is known of sockets. */
static void test_unknown(void)
{
    struct cpu_set_of_rank sets[2] = {{{0x100}}, {{0}}};
    struct placement_host host = {.ranks = 1};
    placement_judge(&host, sets, 1, folder);
    CU_ASSERT_EQUAL(host.cores, 1);
    CU_ASSERT_EQUAL(host.crowded + host.wandering, 0);
    host = (struct placement_host){.ranks = 2};
    placement_judge(&host, sets, 2, folder);
    CU_ASSERT_EQUAL(host.cores, 0);
    CU_ASSERT_EQUAL(host.crowded + host.wandering, 0);
}

static void test_ranks_text(void)
{
    struct placement_host hosts[2] = {{.ranks = 5}, {.ranks = 2}};
    int host_of[] = {0, 0, 0, 1, 0, 1, 0};
    struct placement placement = {.hosts = 2, .host = hosts, .ranks = 7, .host_of = host_of};
    char text[32], cut[6];
    CU_ASSERT_EQUAL(placement_ranks_text(text, sizeof text, &placement, 0), 7);
    CU_ASSERT_STRING_EQUAL(text, "0-2,4,6");
    CU_ASSERT_EQUAL(placement_ranks_text(text, sizeof text, &placement, 1), 3);
    CU_ASSERT_STRING_EQUAL(text, "3,5");
    CU_ASSERT_EQUAL(placement_ranks_text(cut, sizeof cut, &placement, 0), 7);
    CU_ASSERT_STRING_EQUAL(cut, "0-2,4");
}

static void remove_machine(void)
{
    CU_ASSERT_EQUAL(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static CU_TestInfo tests[] = {{"a machine is made up", make_machine},
                              {"bound ranks", test_bound},
                              {"ranks that share cores", test_crowded},
                              {"ranks that may wander", test_wandering},
                              {"machines of which nothing is told", test_unknown},
                              {"ranks in words", test_ranks_text},
                              {"and goes", remove_machine},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "placement", tests);
}
