internal import CHeapMeter

/// How much memory the calling thread takes, counted to the byte while other threads do what they like.
package enum HeapGrowth {
    /// The most bytes that there were at a time, while `body` ran, of what it had taken and not given back: heap
    /// and mappings.
    package static func peak(_ body: () throws -> Void) rethrows -> Int {
        skein_heap_meter_start()
        try body()
        return Int(skein_heap_meter_peak())
    }
}
