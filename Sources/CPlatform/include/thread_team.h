/// A team of threads that run one function together, many thousand times a second.
///
/// The creating thread is member 0; the others spin for a while between runs and then sleep on a futex.
/// Nothing is allocated between create and destroy.
#ifndef SKEIN_THREAD_TEAM_H
#define SKEIN_THREAD_TEAM_H

#include <stddef.h>
#include <stdint.h>

/// Members at most.
#define SK_TEAM_MEMBERS_MAX 256

struct sk_thread_team;

/// Starts member_count - 1 threads; member m runs on CPU cores[m] if cores is not NULL and cores[m] >= 0
/// (member 0, the caller, is never moved). All signals are blocked in them. NULL with *error an errno if it
/// cannot be done.
struct sk_thread_team *sk_thread_team_create(size_t member_count, const int32_t *cores, int *error);

/// Ends and joins the threads and frees the team. No run may be in progress.
void sk_thread_team_destroy(struct sk_thread_team *team);

/// How many times a member looks for work, or the caller for the others' end, before it sleeps. 0 sleeps at
/// once.
void sk_thread_team_set_spin_count(struct sk_thread_team *team, uint32_t count);

/// Inside a run: the next of the numbers 0, 1, 2, ... that no member has taken yet. Starts anew with each
/// run.
size_t sk_thread_team_take(struct sk_thread_team *team);

// `sk_thread_team_run(team, body)` is called by Swift under its own calling convention: see thread_team.c.

#endif
