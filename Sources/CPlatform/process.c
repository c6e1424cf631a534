#define _GNU_SOURCE
#include "skein_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Above every descriptor the child will have, so that no dup2 overwrites the source of a later one.
enum { SKEIN_DESCRIPTOR_ABOVE_THE_CHILDS = 16 };

static int add_actions(posix_spawn_file_actions_t *actions, int control, int standard_error) {
    int error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (!error) error = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    if (!error) error = posix_spawn_file_actions_adddup2(actions, standard_error, 2);
    if (!error) error = posix_spawn_file_actions_adddup2(actions, control, 3);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, 4);
    return error;
}

static int add_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
    if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    if (!error) error = posix_spawnattr_setflags(attributes, flags);
    return error;
}

pid_t skein_spawn(
    const char *executable, char *const arguments[], char *const environment[], int control,
    int standard_error) {
    int high_control = fcntl(control, F_DUPFD_CLOEXEC, SKEIN_DESCRIPTOR_ABOVE_THE_CHILDS);
    if (high_control < 0) return -errno;
    int high_error = fcntl(standard_error, F_DUPFD_CLOEXEC, SKEIN_DESCRIPTOR_ABOVE_THE_CHILDS);
    if (high_error < 0) {
        int error = errno;
        close(high_control);
        return -error;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid = 0;
    int error = posix_spawn_file_actions_init(&actions);
    if (!error) {
        error = posix_spawnattr_init(&attributes);
        if (!error) {
            error = add_actions(&actions, high_control, high_error);
            if (!error) error = add_attributes(&attributes);
            if (!error) error = posix_spawn(&pid, executable, &actions, &attributes, arguments, environment);
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    close(high_control);
    close(high_error);
    return error ? -error : pid;
}

int skein_pidfd_open(pid_t pid) {
    int descriptor = pidfd_open(pid, 0);
    return descriptor < 0 ? -errno : descriptor;
}

int skein_reap(int pidfd, int *number) {
    siginfo_t report = {.si_pid = 0};
    int result;
    do result = waitid(P_PIDFD, (id_t)pidfd, &report, WEXITED | WNOHANG);
    while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    if (report.si_pid == 0) return SKEIN_STILL_RUNNING;
    *number = report.si_status;
    return report.si_code == CLD_EXITED ? SKEIN_EXITED : SKEIN_SIGNALLED;
}

int skein_arm_parent_death(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0; }

int skein_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_cur > INT_MAX ? INT_MAX : (int)limit.rlim_cur;
}

void skein_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name); }

// The kernel wants a mask at least as long as its own; this holds more processors than Linux can be built
// for.
enum { SKEIN_PROCESSOR_COUNT_MAX = 8192 };

int skein_set_affinity(const int *processors, size_t processor_count) {
    cpu_set_t mask[SKEIN_PROCESSOR_COUNT_MAX / CPU_SETSIZE];
    CPU_ZERO_S(sizeof mask, mask);
    for (size_t index = 0; index < processor_count; index++) {
        if (processors[index] < 0 || processors[index] >= SKEIN_PROCESSOR_COUNT_MAX) return -EINVAL;
        CPU_SET_S((size_t)processors[index], sizeof mask, mask);
    }
    return sched_setaffinity(0, sizeof mask, mask) < 0 ? -errno : 0;
}

int skein_get_affinity(int *processors, size_t capacity) {
    cpu_set_t mask[SKEIN_PROCESSOR_COUNT_MAX / CPU_SETSIZE];
    if (sched_getaffinity(0, sizeof mask, mask) < 0) return -errno;
    size_t count = 0;
    for (size_t processor = 0; processor < SKEIN_PROCESSOR_COUNT_MAX && count < capacity; processor++)
        if (CPU_ISSET_S(processor, sizeof mask, mask)) processors[count++] = (int)processor;
    return (int)count;
}

int skein_current_processor(void) {
    int processor = sched_getcpu();
    return processor < 0 ? -errno : processor;
}
