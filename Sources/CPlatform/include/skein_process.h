#ifndef SKEIN_PROCESS_H
#define SKEIN_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Processes: starting, watching and ending children. Each function returns -errno on failure unless it says
// otherwise.

// Starts a child that has exactly the descriptors 0 and 1 (/dev/null), 2 (standard_error) and 3 (control), no
// signal blocked or ignored, and a process group of its own. Returns its pid.
pid_t skein_spawn(
    const char *executable, char *const arguments[], char *const environment[], int control,
    int standard_error);

int skein_pidfd_open(pid_t pid);

enum skein_exit_kind { SKEIN_STILL_RUNNING = 0, SKEIN_EXITED = 1, SKEIN_SIGNALLED = 2 };
// Reaps the child behind a pidfd if it has ended. Returns a skein_exit_kind and the status or signal number.
int skein_reap(int pidfd, int *number);

// Asks the kernel to kill this process when the thread that started it ends.
int skein_arm_parent_death(void);

// Lets this process, and those it starts from now on, open as many descriptors as it is allowed at most.
// Returns how many that is, clamped to INT_MAX.
int skein_raise_descriptor_limit(void);

// Names the calling thread; the kernel keeps the first 15 bytes.
void skein_name_thread(const char *name);

// Restricts the calling thread to the given processors.
int skein_set_affinity(const int *processors, size_t processor_count);
// Writes the processors that the calling thread may use, ascending; returns how many there are, at most
// `capacity`.
int skein_get_affinity(int *processors, size_t capacity);
enum { SKEIN_MEMORY_NODES_MAX = 1024 }; // NUMA nodes that the kernel numbers at most
// Says where pages go that this thread, and threads that it starts from now on, touch first: to one node as long as it
// has room, in turn to several, or with none to the node of the toucher's processor. Shared memory is placed likewise.
int skein_set_memory_nodes(const int *nodes, size_t node_count);
// Writes what was said last, ascending; returns how many there are, at most `capacity`.
int skein_get_memory_nodes(int *nodes, size_t capacity);
// The processor that the calling thread runs on at this moment.
int skein_current_processor(void);

#endif
