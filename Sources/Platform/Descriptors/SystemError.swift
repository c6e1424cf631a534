import Glibc

/// A system call failed, or the system is not as it must be.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for callers that tell cases apart.
    package enum Code: Equatable, Sendable {
        /// A system call returned this errno.
        case call(errno: Int32)
        /// A writable mapping of the file lives, so it cannot be sealed.
        case writableMappingLives
        /// A passed descriptor is not what its sender said.
        case unexpectedDescriptor
        /// The parent ended before the child could ask to die with it.
        case parentGone
        /// Text of the kernel or of hwloc could not be understood.
        case unreadable
    }

    /// What went wrong.
    package let code: Code
    /// The whole sentence, with the values.
    package let description: String

    /// Makes an error with its sentence.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// Makes the error of a system call; `subject` says what it was applied to.
    package init(call: String, errno number: Int32, subject: String = "") {
        let reason = unsafe String(cString: strerror(number))
        self.init(.call(errno: number), "\(call)\(subject.isEmpty ? "" : " \(subject)") failed: \(reason)")
    }

    /// Passes on a result of a CPlatform function, or throws the error number that it carries negated.
    static func check<Value: SignedInteger>(
        _ result: Value, _ call: String, _ subject: String = ""
    ) throws(SystemError) -> Value {
        guard result >= 0 else { throw SystemError(call: call, errno: Int32(-result), subject: subject) }
        return result
    }
}
