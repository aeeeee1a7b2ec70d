/* Loads one build of a kernel and prints, for each data set and two seeds, the checksums of the first three calls and of many
 * more together: every kernel comes to the end of its input and begins again. A process each, because probe_setup() is called
 * once. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS = 140 };

static int one(const char *path, unsigned dataset, uint64_t seed)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 4;
    }
    int (*choose)(unsigned) = (int (*)(unsigned))dlsym(library, "probe_dataset");
    void (*setup)(uint64_t) = (void (*)(uint64_t))dlsym(library, "probe_setup");
    uint64_t (*run)(void) = (uint64_t (*)(void))dlsym(library, "probe_run");
    if (setup == NULL || run == NULL)
        return 4;
    if (choose == NULL ? dataset != 0 : choose(dataset) != 0)
        return 3; /* no such data set */
    setup(seed);
    printf("%u %llu:", dataset, (unsigned long long)seed);
    uint64_t all = 0;
    for (int call = 0; call < CALLS; call++) {
        uint64_t sum = run();
        if (call < 3)
            printf(" %016llx", (unsigned long long)sum);
        all = (all ^ sum) * 0x100000001b3u;
    }
    printf(" %016llx\n", (unsigned long long)all);
    fflush(stdout);
    return 0;
}

int main(int count, char **arguments)
{
    static const uint64_t seeds[] = {1, 0x123456789abcdef};
    if (count != 2)
        return 2;
    for (unsigned dataset = 0;; dataset++)
        for (unsigned i = 0; i < 2; i++) {
            int status;
            pid_t child = fork();
            if (child < 0)
                return 5;
            if (child == 0)
                _exit(one(arguments[1], dataset, seeds[i]));
            if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
                return 6;
            if (WEXITSTATUS(status) == 3)
                return 0;
            if (WEXITSTATUS(status) != 0)
                return WEXITSTATUS(status);
        }
}
