import CPlatform

/// Which processors the calling thread may run on.
package enum ThreadAffinity {
    /// The most processors a machine is expected to number.
    static let processorCountMax = 8192

    /// Restricts the calling thread to these processors (operating system numbers).
    package static func pin(_ processors: [Int]) throws(SystemError) {
        let numbers = processors.map { Int32(clamping: $0) }
        _ = unsafe try SystemError.check(
            skein_set_affinity(numbers, numbers.count), "sched_setaffinity", "to processors \(processors)")
    }

    /// The processors the calling thread may use now, ascending.
    package static func current() throws(SystemError) -> [Int] {
        var numbers = [Int32](repeating: 0, count: processorCountMax)
        let count = unsafe try SystemError.check(
            skein_get_affinity(&numbers, processorCountMax), "sched_getaffinity")
        return numbers.prefix(Int(count)).map(Int.init)
    }

    /// The processor that the calling thread runs on at this moment; nil if the system does not say.
    package static func processor() -> Int? {
        let number = skein_current_processor()
        return number < 0 ? nil : Int(number)
    }
}
