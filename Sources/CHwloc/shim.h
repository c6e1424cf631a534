// The part of hwloc that System/Machine wraps: the topology of cores and NUMA nodes.
#include <hwloc.h>
