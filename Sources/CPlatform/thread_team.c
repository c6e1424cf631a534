#define _GNU_SOURCE
#include "thread_team.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/// A Swift closure (Int) -> Void: code and context. It takes its context in the register Swift reserves for
/// that.
typedef __attribute__((swiftcall)) void body_function(
    intptr_t member, __attribute__((swift_context)) void *context);

struct member {
    struct sk_thread_team *team;
    size_t index;
    pthread_t thread;
};

/// Words that different sides write stand in cache lines of their own.
struct sk_thread_team {
    /// Number of the run; odd or even, a new value starts every member. Its low 32 bits are a futex.
    _Alignas(128) _Atomic uint32_t run;
    body_function *body;
    void *context;
    /// Members 1 ... that have not ended this run. A futex of the caller.
    _Alignas(128) _Atomic uint32_t pending;
    /// Whether the caller sleeps on `pending`.
    _Atomic uint32_t caller_sleeps;
    /// Members that sleep on `run`, or are about to.
    _Alignas(128) _Atomic uint32_t sleepers;
    /// The next work item.
    _Alignas(128) _Atomic size_t next;
    _Alignas(128) _Atomic uint32_t spin_count;
    _Atomic bool stops;
    size_t member_count;
    struct member members[];
};

static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Waits until the run is no longer `seen`.
static uint32_t await_run(struct sk_thread_team *team, uint32_t seen) {
    const uint32_t spins = atomic_load_explicit(&team->spin_count, memory_order_relaxed);
    for (uint32_t i = 0; i < spins; i++) {
        const uint32_t run = atomic_load_explicit(&team->run, memory_order_acquire);
        if (run != seen) return run;
        pause_briefly();
    }
    // Sequentially consistent with run_team: either it sees the sleeper, or the futex sees the new run.
    atomic_fetch_add(&team->sleepers, 1);
    uint32_t run;
    while ((run = atomic_load(&team->run)) == seen) futex_wait(&team->run, seen);
    atomic_fetch_sub(&team->sleepers, 1);
    return run;
}

static void *member_main(void *argument) {
    const struct member *member = argument;
    struct sk_thread_team *team = member->team;
    uint32_t run = 0;
    for (;;) {
        run = await_run(team, run);
        if (atomic_load_explicit(&team->stops, memory_order_relaxed)) return NULL;
        team->body((intptr_t)member->index, team->context);
        if (atomic_fetch_sub(&team->pending, 1) == 1 && atomic_load(&team->caller_sleeps) != 0) {
            futex_wake(&team->pending, 1);
        }
    }
}

/// Starts the members on what team->body and team->stops say.
static void start_run(struct sk_thread_team *team) {
    atomic_fetch_add(&team->run, 1);
    if (atomic_load(&team->sleepers) != 0) futex_wake(&team->run, INT32_MAX);
}

static void await_members(struct sk_thread_team *team) {
    const uint32_t spins = atomic_load_explicit(&team->spin_count, memory_order_relaxed);
    for (uint32_t i = 0; i < spins; i++) {
        if (atomic_load_explicit(&team->pending, memory_order_acquire) == 0) return;
        pause_briefly();
    }
    atomic_store(&team->caller_sleeps, 1);
    uint32_t pending;
    while ((pending = atomic_load(&team->pending)) != 0) futex_wait(&team->pending, pending);
    atomic_store(&team->caller_sleeps, 0);
}

/// Runs body(member) once on every member and returns when all have ended.
///
/// Swift's side declares this as a Swift function that takes a non-escaping closure, which the Swift calling
/// convention passes as two words; a closure that had to be stored by Swift would be allocated on every run.
__attribute__((swiftcall)) void sk_thread_team_run(
    struct sk_thread_team *team, body_function *body, void *context);

__attribute__((swiftcall)) void sk_thread_team_run(
    struct sk_thread_team *team, body_function *body, void *context) {
    atomic_store_explicit(&team->next, 0, memory_order_relaxed);
    if (team->member_count > 1) {
        team->body = body;
        team->context = context;
        atomic_store_explicit(&team->pending, (uint32_t)team->member_count - 1, memory_order_relaxed);
        start_run(team);
    }
    body(0, context);
    if (team->member_count > 1) await_members(team);
}

size_t sk_thread_team_take(struct sk_thread_team *team) {
    return atomic_fetch_add_explicit(&team->next, 1, memory_order_relaxed);
}

void sk_thread_team_set_spin_count(struct sk_thread_team *team, uint32_t count) {
    atomic_store_explicit(&team->spin_count, count, memory_order_relaxed);
}

/// Starts one member with all signals blocked, pinned to a core if that is >= 0.
static int start_member(struct member *member, int32_t core) {
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);
    if (failure != 0) return failure;
    if (core >= CPU_SETSIZE) failure = EINVAL;
    if (failure == 0 && core >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)core, &set);
        failure = pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    }
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    if (failure == 0) failure = pthread_create(&member->thread, &attributes, member_main, member);
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    pthread_attr_destroy(&attributes);
    return failure;
}

/// Ends and joins the members 1 ..< count.
static void stop_members(struct sk_thread_team *team, size_t count) {
    atomic_store(&team->stops, true);
    start_run(team);
    for (size_t m = 1; m < count; m++) pthread_join(team->members[m].thread, NULL);
}

struct sk_thread_team *sk_thread_team_create(size_t member_count, const int32_t *cores, int *error) {
    *error = EINVAL;
    if (member_count == 0 || member_count > SK_TEAM_MEMBERS_MAX) return NULL;
    const size_t size = sizeof(struct sk_thread_team) + member_count * sizeof(struct member);
    struct sk_thread_team *team = aligned_alloc(128, (size + 127) / 128 * 128);
    *error = ENOMEM;
    if (team == NULL) return NULL;
    *team = (struct sk_thread_team){.member_count = member_count};
    for (size_t m = 1; m < member_count; m++) {
        team->members[m] = (struct member){.team = team, .index = m};
        *error = start_member(&team->members[m], cores != NULL ? cores[m] : -1);
        if (*error != 0) {
            stop_members(team, m);
            free(team);
            return NULL;
        }
    }
    *error = 0;
    return team;
}

void sk_thread_team_destroy(struct sk_thread_team *team) {
    stop_members(team, team->member_count);
    free(team);
}
